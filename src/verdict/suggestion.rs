//! The least rule that admits a workload, and nothing else.

use crate::matching::image::Image;
use crate::matching::words::Word;
use crate::request::Request;
use crate::rules::ActiveRules;
use crate::settings::{ContainerEntry, Rule, Settings};
use crate::text;
use crate::workload::container::{Container, Role};
use crate::workload::pod::Pod;

/// How long a suggestion may get, in bytes of JSON: no administrator pastes a longer one.
const LONGEST_RULE: usize = 16 * 1024;
/// Why no rule can name a container without an account.
pub const NO_ACCOUNT: &str = "it has no runAsUserName";
const TOO_LONG: &str = "the rule would be too long";
/// How much of an object's name is taken for the rule's, so that a number still fits behind.
const LONGEST_NAME: usize = 48;

/// The least rule that admits all of `pods`, which `request` asks for, whoever sends it; or why
/// no rule can name the workload, which denials say, too. Its name is that of none in `taken`.
pub fn rule(request: &Request<'_>, pods: &[&Pod<'_>], taken: &[Rule]) -> Result<Rule, Vec<String>> {
    let mut problems = Vec::new();
    if request.namespace.is_empty() {
        problems.push(String::from("the object stands in no namespace"));
    }
    let mut service_accounts: Vec<String> = Vec::new();
    let mut containers: Vec<ContainerEntry> = Vec::new();
    for pod in pods {
        match pod.service_account_name {
            Some(name) if service_accounts.iter().any(|one| one == name) => {}
            Some(name) => service_accounts.push(name.to_owned()),
            None => problems.push(String::from(
                "a flag outside of any pod spec names no workload",
            )),
        }
        for container in &pod.containers {
            match entry(pod, container) {
                // None is shorter than this.
                _ if containers.len() > LONGEST_RULE / 64 => return Err(vec![TOO_LONG.to_owned()]),
                Ok(entry) if containers.contains(&entry) => {}
                Ok(entry) => containers.push(entry),
                Err(problem) => problems.push(format!("{}: {problem}", container.title())),
            }
        }
    }
    if service_accounts.len() > 1 {
        problems.push(String::from("its pods have several service accounts"));
    }
    if !problems.is_empty() {
        problems.dedup();
        return Err(problems);
    }
    let rule = Rule {
        name: name(request, taken),
        namespaces: vec![request.namespace.to_owned()],
        service_account_names: Some(service_accounts),
        containers: Some(containers),
        ..Rule::default()
    };
    let json = serde_json::to_string(&[&rule]).unwrap_or_default();
    if json.len() > LONGEST_RULE {
        return Err(vec![String::from(TOO_LONG)]);
    }
    // A name may hold what a pattern reads in another way.
    let json = format!(r#"{{"allow":{json}}}"#);
    let settings = Settings::read(json.parse().unwrap_or_default())
        .map_err(|problems| problems.iter().map(refusal).collect::<Vec<_>>())?;
    let in_force = ActiveRules::of(&settings, request.namespace, None);
    if pods.iter().any(|pod| in_force.admitting(pod).is_err()) {
        let problem = "no rule can name it exactly";
        return Err(vec![String::from(problem)]);
    }
    Ok(rule)
}

/// A problem that settings have with the suggested rule, which they do not hold yet.
fn refusal((path, problem): &(String, String)) -> String {
    let path = path.trim_start_matches("allow[0].");
    format!("settings would refuse the rule: {path}: {problem}")
}

/// The entry for `container` of `pod`, or why there is none.
fn entry(pod: &Pod<'_>, container: &Container<'_>) -> Result<ContainerEntry, String> {
    let image = container.image.ok_or("its image is not known")?;
    let parsed =
        Image::parse(image).map_err(|reason| format!("image {} {reason}", text::quote(image)))?;
    let account = pod.run_as_user_name(container).ok_or(NO_ACCOUNT)?;
    let some = |words: &[&str]| (!words.is_empty()).then(|| literal_words(words));
    let args: Option<Vec<_>> = some(&container.args);
    Ok(ContainerEntry {
        images: vec![parsed.full()],
        run_as_user_names: vec![account.to_owned()],
        // Neither is the image's own entrypoint without arguments, which `command: []` says.
        command: some(&container.command).or_else(|| args.is_none().then(Vec::new)),
        args,
        exec: container
            .execs
            .iter()
            .map(|exec| literal_words(&exec.command))
            .collect(),
        ephemeral: container.role == Role::Ephemeral,
    })
}

/// The words of a container as words of a rule that match them and nothing else.
fn literal_words(words: &[&str]) -> Vec<Word> {
    let literal = |word: &&str| Word::Literal((*word).to_owned());
    words.iter().map(literal).collect()
}

/// A name for a rule: the object's, else its kind, made an RFC 1123 label that is not taken.
fn name(request: &Request<'_>, taken: &[Rule]) -> String {
    let metadata = &request.object["metadata"];
    let mut given = ["name", "generateName"]
        .iter()
        .filter_map(|field| metadata[*field].as_str());
    let given = given.find(|name| !name.is_empty()).unwrap_or(request.kind);
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let label: String = given.chars().take(LONGEST_NAME).map(plain).collect();
    let label = Some(label.trim_matches('-'))
        .filter(|it| !it.is_empty())
        .unwrap_or("workload");
    let mut names = (1..).map(|number| match number {
        1 => label.to_owned(),
        number => format!("{label}-{number}"),
    });
    names
        .find(|name| taken.iter().all(|rule| rule.name != *name))
        .unwrap_or_default()
}
