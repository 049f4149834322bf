//! Asks the policy, in the engine, about objects of manifests.

use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use engine::{AdmissionResponse, Module, Replay, SettingsResponse};
use serde::Serialize;
use serde_json::Value;

use crate::circumstances::{Circumstances, UserInfo};
use crate::documents::{self, Unreadable};
use crate::objects::{self, Object};
use crate::text::one_line;
use crate::{Error, source, yaml};

/// The objects of the files given, and what could not be read.
#[derive(Debug, Default)]
pub struct Input {
    /// What the policy is asked about.
    pub objects: Vec<Object>,
    /// One error for each file or document that could not be read.
    pub unreadable: Vec<Error>,
}

impl Input {
    /// Reads `paths`: files, directories, and `-`. Objects that name no namespace
    /// stand in `namespace`, where one is given.
    pub fn read(paths: &[impl AsRef<Path>], namespace: Option<&str>) -> Self {
        let paths: Vec<_> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
        let mut input = Self::default();
        for file in source::expand(&paths) {
            match file.and_then(|file| source::read(&file)) {
                Ok(source) => input.add(&source),
                Err(error) => input.unreadable.push(error),
            }
        }
        if let Some(namespace) = namespace {
            for object in &mut input.objects {
                object.put_into(namespace);
            }
        }
        input
    }

    /// Adds the objects of one file.
    pub fn add(&mut self, source: &source::Source) {
        for document in documents::read(source) {
            let objects = document.map_or_else(|error| vec![Err(error)], objects::of);
            for object in objects {
                match object {
                    Ok(object) => self.objects.push(object),
                    Err(unreadable) => self.unreadable.push(unreadable.into()),
                }
            }
        }
    }
}

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Self {
        let Unreadable { origin, reason } = unreadable;
        Self::new(one_line(&format!(
            "{}:{}: document {}: {reason}",
            origin.file, origin.line, origin.document
        )))
    }
}

/// The policy's module, the settings to judge by, and the circumstances.
#[derive(Debug)]
pub struct Judge {
    module: Module,
    settings: Value,
    user_info: UserInfo,
    replay: Option<Replay>,
}

#[derive(Serialize)]
struct Payload<'a> {
    request: Request<'a>,
    settings: &'a Value,
}

#[derive(Serialize)]
struct Request<'a> {
    uid: &'a str,
    kind: Kind<'a>,
    name: &'a str,
    namespace: &'a str,
    operation: &'a str,
    #[serde(rename = "userInfo")]
    user_info: &'a UserInfo,
    object: &'a Value,
}

#[derive(Serialize)]
struct Kind<'a> {
    group: &'a str,
    version: &'a str,
    kind: &'a str,
}

impl Judge {
    /// A judge by `settings`, which the policy is asked about first.
    ///
    /// # Errors
    /// When the module cannot be run, or with the policy's reason when the
    /// settings are not valid.
    pub fn new(module: Module, settings: Value) -> Result<Self, Error> {
        let instance = module
            .instance()
            .map_err(|error| Error::new(one_line(&error.to_string())))?;
        let response = SettingsResponse::from_policy(
            instance.validate_settings(settings.to_string().as_bytes()),
        );
        if response.valid {
            Ok(Self {
                module,
                settings,
                user_info: UserInfo::default(),
                replay: None,
            })
        } else {
            let reason = response.message.unwrap_or_default();
            Err(Error::new(one_line(&reason)))
        }
    }

    /// The same judge of requests that are made in these circumstances.
    ///
    /// # Errors
    /// When the cluster's recorded answers cannot be read.
    pub fn under(self, circumstances: &Circumstances) -> Result<Self, Error> {
        Ok(Self {
            user_info: circumstances.user_info(),
            replay: circumstances.replay()?,
            ..self
        })
    }

    /// The verdict on creating `object`, by a fresh instance, as a policy server
    /// makes one for each request.
    pub fn create(&self, object: &Object) -> AdmissionResponse {
        let (group, version) = object.group_version();
        let payload = Payload {
            request: Request {
                uid: "",
                kind: Kind {
                    group,
                    version,
                    kind: object.kind(),
                },
                name: object.name(),
                namespace: object.namespace(),
                operation: "CREATE",
                user_info: &self.user_info,
                object: &object.value,
            },
            settings: &self.settings,
        };
        let payload = serde_json::to_vec(&payload).expect("values and strings are JSON");
        let instance = match &self.replay {
            Some(replay) => self.module.instance_with(replay.clone()),
            None => self.module.instance(),
        };
        let answer = instance.and_then(|instance| instance.validate(&payload));
        AdmissionResponse::from_policy("", answer)
    }

    /// The verdicts on all `objects` in their order, as [`Judge::create`] gives
    /// them, by as many threads as there are processors.
    pub fn create_all(&self, objects: &[Object], progress: &Progress) -> Vec<AdmissionResponse> {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let shares: Vec<&[Object]> = objects.chunks(SHARE).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            loop {
                let i = next.fetch_add(1, Ordering::Relaxed);
                let Some(share) = shares.get(i) else {
                    break;
                };
                let verdicts: Vec<_> = share.iter().map(|object| self.create(object)).collect();
                progress.add(verdicts.len());
                done.push((i, verdicts));
            }
            done
        };
        let mut done: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (1..threads.min(shares.len()))
                .map(|_| scope.spawn(work))
                .collect();
            let mut done = work();
            for thread in threads {
                match thread.join() {
                    Ok(more) => done.extend(more),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            done
        });
        done.sort_by_key(|(i, _)| *i);
        done.into_iter()
            .flat_map(|(_, verdicts)| verdicts)
            .collect()
    }
}

/// How many objects a thread takes at a time.
const SHARE: usize = 64;

/// Says on standard error how far long work is: once a second at most, and
/// nothing when all is done within the first.
#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    total: usize,
    state: Mutex<(usize, Instant)>,
}

impl Progress {
    /// Progress of `total` steps, which are called `what`.
    pub fn new(what: &'static str, total: usize) -> Self {
        Self {
            what,
            total,
            state: Mutex::new((0, Instant::now())),
        }
    }

    /// Adds steps that are done.
    fn add(&self, steps: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 += steps;
        if state.1.elapsed() >= Duration::from_secs(1) {
            state.1 = Instant::now();
            eprintln!("{} {} of {}", self.what, state.0, self.total);
        }
    }
}

/// Loads the module in `path`.
///
/// # Errors
/// When it cannot be read or is no policy.
pub fn load_module(path: &Path) -> Result<Module, Error> {
    let name = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| {
        let hint = if path == Path::new("policy.wasm") {
            " (`make policy.wasm` builds it)"
        } else {
            ""
        };
        Error::at(&name, format!("{error}{hint}"))
    })?;
    Module::load(&bytes).map_err(|error| Error::at(&name, error))
}

/// The settings in file `path`, or those of the policy resource in it; without a file,
/// none.
///
/// # Errors
/// When the file cannot be read, is not one YAML or JSON document, or one policy
/// among others.
pub fn load_settings(path: Option<&Path>) -> Result<Value, Error> {
    path.map_or_else(
        || Ok(Value::Object(serde_json::Map::new())),
        |path| {
            let source = source::read(path)?;
            parse_settings(&source.name, &source.text)
        },
    )
}

/// The settings in `text`, which is YAML or JSON: the only document, or `spec.settings`
/// of the only policy resource. Nothing means no settings.
///
/// # Errors
/// When there is neither; the error names `name` and the line.
pub fn parse_settings(name: &str, text: &str) -> Result<Value, Error> {
    let mut documents = yaml::read(text).map_err(|malformed| {
        let place = match malformed.line {
            0 => name.to_owned(),
            line => format!("{name}:{line}"),
        };
        Error::at(&place, malformed.reason)
    })?;
    let none = || Value::Object(serde_json::Map::new());
    let policies: Vec<_> = documents.iter().filter(|it| is_policy(it)).collect();
    if let [policy] = policies[..] {
        let settings = policy.pointer("/spec/settings").filter(|it| !it.is_null());
        return Ok(settings.cloned().unwrap_or_else(none));
    }
    match documents.len() {
        0 => Ok(none()),
        1 => Ok(documents.remove(0)),
        n => Err(Error::at(
            name,
            format!("one document is expected, found {n}"),
        )),
    }
}

/// Whether `document` is a policy resource of Kubewarden.
fn is_policy(document: &Value) -> bool {
    let of_kubewarden = document["apiVersion"]
        .as_str()
        .is_some_and(|version| version.starts_with("policies.kubewarden.io/"));
    let kind = document["kind"].as_str();
    of_kubewarden && matches!(kind, Some("ClusterAdmissionPolicy" | "AdmissionPolicy"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::nothing("", json!({}))]
    #[case::comment("# none\n", json!({}))]
    #[case::yaml("allow: []\n", json!({"allow": []}))]
    #[case::json("{\"allow\": []}", json!({"allow": []}))]
    #[case::policy(
        "apiVersion: policies.kubewarden.io/v1\nkind: AdmissionPolicy\nspec: {settings: {allow: []}}\n",
        json!({"allow": []})
    )]
    #[case::policy_among_others(
        "kind: ClusterRole\n---\napiVersion: policies.kubewarden.io/v1\nkind: ClusterAdmissionPolicy\nspec: {}\n",
        json!({})
    )]
    fn reads_settings(#[case] text: &str, #[case] expected: Value) {
        assert_eq!(parse_settings("s", text).unwrap(), expected);
    }

    #[rstest]
    #[case::two_documents("a: 1\n---\nb: 2\n", "s: one document is expected, found 2")]
    #[case::not_yaml("a: 1\nallow: [\n", "s:2: unclosed bracket '['")]
    fn refuses_settings(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(parse_settings("s", text).unwrap_err().to_string(), expected);
    }

    #[test]
    fn input_is_sorted_into_objects_and_unreadable() {
        let mut input = Input::default();
        input.add(&source::Source {
            name: "f.yaml".to_owned(),
            text:
                "{apiVersion: v1, kind: Pod}\n---\n{apiVersion: v1, kind: Secret}\n---\nkind: Pod\n"
                    .to_owned(),
        });
        assert_eq!(input.objects.len(), 2);
        let errors: Vec<String> = input.unreadable.iter().map(Error::to_string).collect();
        assert_eq!(
            errors,
            ["f.yaml:5: document 3: not a Kubernetes object: apiVersion is missing"]
        );
    }
}
