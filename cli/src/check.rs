//! `hostprocess check`: what the policy would deny.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use windows_hostprocess_policy::Host;
use windows_hostprocess_policy::settings::Settings;

use crate::arguments::{Check, Output};
use crate::judge::{Judge, Judged, NoCluster};
use crate::replay::Replay;
use crate::request::{self, Circumstances};
use crate::settings;
use crate::source::{self, Source, Unreadable};
use crate::walk::walk;

/// What came of a check.
#[derive(Debug, Default)]
pub struct Report {
    /// The objects to tell of, in the order of the files.
    pub judged: Vec<Judged>,
    /// What could not be read or judged.
    pub unreadable: Vec<Unreadable>,
    /// How many objects were judged.
    pub checked: usize,
    /// How many documents of directories are no objects.
    pub passed_over: usize,
    /// How many objects are denied.
    pub denied: usize,
    /// How many are admitted with a warning.
    pub warned: usize,
    /// How many objects the settings newly admit and newly deny, where there are others to
    /// compare with.
    pub changed: Option<(usize, usize)>,
    /// How many rules the settings have, where these alone were checked.
    pub rules: Option<usize>,
    /// Whether rules name requesters, and whoever asks was taken for one.
    pub anyone: bool,
}

impl Report {
    /// The exit status.
    pub fn status(&self) -> u8 {
        exit_status(self.denied > 0, &self.unreadable)
    }
}

/// The status of a command that had something to find fault with, and to read.
pub fn exit_status(found: bool, unreadable: &[Unreadable]) -> u8 {
    match (found, unreadable) {
        (true, _) => 1,
        (false, []) => 0,
        (false, _) => 2,
    }
}

/// Judges what the arguments point at.
pub fn check(arguments: &Check) -> Report {
    let judge = match judge(arguments) {
        Ok(judge) => judge,
        Err(unreadable) => {
            return Report { unreadable, ..Report::default() };
        }
    };
    let paths = arguments.manifests.paths();
    if paths.is_empty() {
        return Report { rules: Some(judge.settings.allow.len()), ..Report::default() };
    }
    let all = arguments.verbose || arguments.output == Output::Junit;
    let walk = walk(&source::expand(&paths), &|file, line, content| {
        let judged = judge.judge(file, line, content)?;
        let told = &judged.told;
        let tell = all || told.denied || judged.is_changed() || !told.warnings.is_empty();
        tell.then_some(judged)
    });
    let count = |is: &dyn Fn(&Judged) -> bool| walk.found.iter().filter(|it| is(it)).count();
    let changed = |denied| count(&|it| it.is_changed() && it.told.denied == denied);
    let settings = [Some(&judge.settings), judge.old.as_ref()];
    let mut rules = settings.into_iter().flatten().flat_map(|it| &it.allow);
    Report {
        checked: walk.objects,
        passed_over: walk.passed_over,
        denied: count(&|it| it.told.denied),
        warned: count(&|it| !it.told.warnings.is_empty()),
        changed: judge.old.is_some().then(|| (changed(false), changed(true))),
        rules: None,
        anyone: judge.anyone.into_inner() && rules.any(|rule| rule.requested_by.is_some()),
        unreadable: walk.unreadable,
        judged: match judge.old {
            Some(_) => walk.found.into_iter().filter(Judged::is_changed).collect(),
            None => walk.found,
        },
    }
}

fn judge(arguments: &Check) -> Result<Judge, Vec<Unreadable>> {
    let mut problems = Vec::new();
    let mut read = |settings: Result<Settings, Vec<Unreadable>>| {
        settings.unwrap_or_else(|unreadable| {
            problems.extend(unreadable);
            Settings::default()
        })
    };
    let settings = read(match (&arguments.settings, &arguments.settings_json) {
        (Some(path), _) => settings::load(path),
        (None, Some(json)) => settings::parse(json),
        (None, None) => Ok(Settings::default()),
    });
    let old = arguments.against.as_ref().map(|path| read(settings::load(path)));
    let host: Box<dyn Host + Send + Sync> = match &arguments.replay_host_capabilities_interactions {
        None => Box::new(NoCluster),
        Some(path) => match replay(path) {
            Ok(replay) => Box::new(replay),
            Err(unreadable) => {
                problems.push(unreadable);
                Box::new(NoCluster)
            }
        },
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    let user = arguments.user.as_deref();
    Ok(Judge {
        settings,
        old,
        host,
        circumstances: Circumstances {
            namespace: arguments.manifests.namespace.clone(),
            requester: user.map(|user| request::requester(user, &arguments.groups)),
        },
        anyone: AtomicBool::new(false),
    })
}

fn replay(path: &Path) -> Result<Replay, Unreadable> {
    let unreadable = |reason: String| Source::named(path).unreadable(0, reason);
    let text = fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    Replay::read(&text)
        .map_err(|reason| unreadable(format!("is no recording of kwctl run: {reason}")))
}
