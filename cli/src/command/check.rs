//! `hostprocess check`: what the policy would deny.

use std::fs;
use std::path::Path;

use windows_hostprocess_policy::Host;
use windows_hostprocess_policy::settings::Settings;

use super::arguments::{Check, Output};
use crate::judging::judge::{Judge, Judged, NoCluster};
use crate::judging::replay::Replay;
use crate::judging::report::Report;
use crate::judging::{request, settings};
use crate::reading::source::{Source, Unreadable};
use crate::reading::walk::Walk;

/// Judges what the arguments point at.
pub fn check(arguments: &Check) -> Report {
    let judge = match judge(arguments) {
        Ok(judge) => judge,
        Err(unreadable) => {
            return Report {
                unreadable,
                ..Report::default()
            };
        }
    };
    let paths = arguments.manifests.paths();
    if paths.is_empty() {
        return Report {
            rules: Some(judge.settings.allow.len()),
            ..Report::default()
        };
    }
    let all = arguments.verbose || arguments.output == Output::Junit;
    let mut anyone = false;
    let mut walk = Walk::through(&paths, &mut |file, line, content| {
        let judged = judge.judge(file, line, content)?;
        anyone |= judged.anyone;
        let tell = all || judged.is_denied() || judged.is_warned() || judged.is_changed();
        tell.then_some(judged)
    });
    let count = |is: &dyn Fn(&Judged) -> bool| walk.found.iter().filter(|it| is(it)).count();
    let changed = |denied| count(&|it| it.is_changed() && it.is_denied() == denied);
    let mut rules = judge
        .old
        .iter()
        .chain([&judge.settings])
        .flat_map(|it| &it.allow);
    let mut report = Report {
        checked: walk.objects,
        passed_over: walk.passed_over,
        denied: count(&Judged::is_denied),
        warned: count(&Judged::is_warned),
        changed: judge.old.is_some().then(|| (changed(false), changed(true))),
        anyone: anyone && rules.any(|rule| rule.requested_by.is_some()),
        unreadable: walk.unreadable,
        ..Report::default()
    };
    if judge.old.is_some() {
        walk.found.retain(Judged::is_changed);
    }
    report.judged = walk.found;
    report
}

fn judge(arguments: &Check) -> Result<Judge, Vec<Unreadable>> {
    let mut problems = Vec::new();
    let mut read = |settings: Result<Settings, Vec<Unreadable>>| {
        settings
            .map_err(|unreadable| problems.extend(unreadable))
            .unwrap_or_default()
    };
    let settings = read(match (&arguments.settings, &arguments.settings_json) {
        (Some(path), _) => settings::load(path),
        (None, Some(json)) => settings::parse(json),
        (None, None) => Ok(Settings::default()),
    });
    let old = arguments
        .against
        .as_ref()
        .map(|path| read(settings::load(path)));
    let mut host: Box<dyn Host> = Box::new(NoCluster);
    if let Some(path) = &arguments.replay_host_capabilities_interactions {
        match replay(path) {
            Ok(replay) => host = Box::new(replay),
            Err(unreadable) => problems.push(unreadable),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let user = arguments.user.as_ref();
    let user_info = user.map(|user| request::user_info(user, &arguments.groups));
    Ok(Judge {
        settings,
        old,
        host,
        namespace: arguments.manifests.namespace.clone(),
        user_info,
    })
}

fn replay(path: &Path) -> Result<Replay, Unreadable> {
    let read = fs::read_to_string(path).map_err(|error| error.to_string());
    let read = read.and_then(|text| {
        Replay::read(&text).map_err(|reason| format!("is no recording of kwctl run: {reason}"))
    });
    read.map_err(|reason| Source::named(path).unreadable(0, reason))
}
