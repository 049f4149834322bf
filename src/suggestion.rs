//! The least rule that admits a workload, and nothing else.

use crate::account;
use crate::container::{Container as PodContainer, Role};
use crate::image::Image;
use crate::message;
use crate::pod::Pod;
use crate::request::Request;
use crate::rules::InForce;
use crate::settings::{Container, Rule, Settings};

/// How long a suggestion may get, in bytes of JSON: no administrator pastes a longer one.
const LONGEST_RULE: usize = 16 * 1024;
/// Why no rule can name a container without an account.
pub const NO_ACCOUNT: &str = "it has no runAsUserName";
const TOO_LONG: &str = "the rule would be too long";
/// How much of an object's name is taken for the rule's, so that a number still fits behind.
const LONGEST_NAME: usize = 48;

/// The least rule that admits all of `pods`, which `request` asks for, whoever sends it. Its
/// name is that of none in `taken`.
///
/// # Errors
/// Why no rule can name the workload; it is said in denials, too.
pub fn rule(request: &Request<'_>, pods: &[&Pod<'_>], taken: &[Rule]) -> Result<Rule, Vec<String>> {
    let mut problems = Vec::new();
    if request.namespace.is_empty() {
        problems.push(String::from("the object stands in no namespace"));
    }
    let mut service_accounts: Vec<&str> = Vec::new();
    let mut containers: Vec<Container> = Vec::new();
    let mut length = 0;
    for pod in pods {
        match pod.service_account_name {
            Some(name) if service_accounts.contains(&name) => {}
            Some(name) => service_accounts.push(name),
            None => problems.push(String::from("a flag outside of any pod spec names no workload")),
        }
        for container in &pod.containers {
            let execs = container.execs.iter().flat_map(|exec| &exec.command);
            let words = container.command.iter().chain(&container.args).chain(execs);
            length += words.map(|word| word.len() + "\"\",".len()).sum::<usize>();
            if length > LONGEST_RULE || containers.len() > LONGEST_RULE / 64 {
                return Err(vec![String::from(TOO_LONG)]);
            }
            match entry(pod, container) {
                Ok(entry) if containers.contains(&entry) => {}
                Ok(entry) => containers.push(entry),
                Err(problem) => problems.push(problem),
            }
        }
    }
    if service_accounts.len() > 1 {
        problems.push(String::from("its pods have several service accounts"));
    }
    problems.dedup();
    if !problems.is_empty() {
        return Err(problems);
    }
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let rule = Rule {
        name: name(request, taken),
        namespaces: owned(&[request.namespace]),
        service_account_names: Some(owned(&service_accounts)),
        containers: Some(containers),
        ..Rule::default()
    };
    let mut settings = Settings::default();
    settings.allow.push(rule);
    check(&settings, request, pods)?;
    settings.allow.pop().ok_or_else(Vec::new)
}

/// Whether the settings are valid, and their rule admits `pods` and is short enough: a name or
/// a word may hold what a pattern reads in another way.
fn check(settings: &Settings, request: &Request<'_>, pods: &[&Pod<'_>]) -> Result<(), Vec<String>> {
    let json = serde_json::to_string(&settings.allow).unwrap_or_default();
    if json.len() > LONGEST_RULE {
        return Err(vec![String::from(TOO_LONG)]);
    }
    let value =
        serde_json::from_slice(format!(r#"{{"allow":{json}}}"#).as_bytes()).unwrap_or_default();
    if let Err(problems) = Settings::read(&value) {
        return Err(vec![format!("settings would refuse the rule: {problems}")]);
    }
    let in_force = InForce::of(settings, request.namespace, None);
    for pod in pods {
        if in_force.admitting(pod).is_err() {
            let problem = "no pattern stands for one of its words, which holds a wildcard beside \
                           .. or $(, or is too long";
            return Err(vec![String::from(problem)]);
        }
    }
    Ok(())
}

/// The entry for `container` of `pod`.
fn entry(pod: &Pod<'_>, container: &PodContainer<'_>) -> Result<Container, String> {
    let title = container.title();
    let image = match (container.image, container.image.and_then(Image::parse)) {
        (_, Some(image)) => image,
        (Some(image), None) => {
            return Err(format!("{title}: image {} is no image reference", message::quoted(image)));
        }
        (None, None) => return Err(format!("{title}: its image is not known")),
    };
    let Some(account) = pod.run_as_user_name(container) else {
        return Err(format!("{title}: {NO_ACCOUNT}"));
    };
    if let Some(problem) = account::problem(account) {
        let account = message::quoted(account);
        return Err(format!("{title}: runAsUserName {account} {problem}"));
    }
    let patterns = |words: &[&str]| words.iter().map(|word| pattern(word)).collect::<Vec<_>>();
    let some = |words: &[&str]| Some(patterns(words)).filter(|words| !words.is_empty());
    let args = some(&container.args);
    Ok(Container {
        images: vec![image.full()],
        run_as_user_names: vec![account.to_owned()],
        // Neither is the image's own entrypoint without arguments, which `command: []` says.
        command: some(&container.command).or_else(|| args.is_none().then(Vec::new)),
        args,
        exec: container.execs.iter().map(|exec| patterns(&exec.command)).collect(),
        ephemeral: container.role == Role::Ephemeral,
    })
}

/// A pattern that stands for `word`: a `*` of it would stand for more.
fn pattern(word: &str) -> String {
    word.replace('*', "?")
}

/// A name for a rule: the object's, else its kind, made an RFC 1123 label that is not taken.
fn name(request: &Request<'_>, taken: &[Rule]) -> String {
    let metadata = &request.object["metadata"];
    let given = ["name", "generateName"]
        .iter()
        .filter_map(|field| metadata[*field].as_str())
        .find(|name| !name.is_empty());
    let label: String = given
        .unwrap_or(request.kind)
        .chars()
        .take(LONGEST_NAME)
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let label = match label.trim_matches('-') {
        "" => "workload",
        label => label,
    };
    let is_taken = |name: &String| taken.iter().any(|rule| rule.name == *name);
    let numbered = (2..).map(|number| format!("{label}-{number}"));
    std::iter::once(label.to_owned())
        .chain(numbered)
        .find(|name| !is_taken(name))
        .unwrap_or_default()
}
