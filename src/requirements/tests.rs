//! What the tests of the requirements share, and tests of the list of them.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{REQUIREMENTS, Requirement, judge};
use crate::find;
use crate::findings::{self, Findings};
use crate::kind::Home;
use crate::nodes::{Answer, Nodes};
use crate::settings::{self, Mode, Modes};
use crate::tape::{ALL, Tape};

/// An object to be judged by one requirement, all others being off.
pub(super) struct Question<'q> {
    pub(super) requirement: &'q Requirement,
    pub(super) home: Home,
    pub(super) object: String,
    pub(super) settings: &'q str,
    pub(super) nodes: Answer,
}

impl<'q> Question<'q> {
    /// A Pod, as JSON, under settings that say nothing.
    pub(super) fn pod(requirement: &'q Requirement, object: impl Into<String>) -> Self {
        Question {
            requirement,
            home: Home::Pod,
            object: object.into(),
            settings: "{}",
            nodes: Answer::NotAsked,
        }
    }

    /// A Pod that says nothing but `spec`, which is JSON.
    pub(super) fn spec(requirement: &'q Requirement, spec: &str) -> Self {
        Self::pod(requirement, format!(r#"{{"spec":{spec}}}"#))
    }

    /// The denial and the warnings where the requirement has the given mode.
    fn judged(&self, mode: Mode) -> (String, Vec<String>) {
        let object = Tape::read(&self.object, self.home.shape(), "").expect("JSON");
        let pods = find::pods(self.home, object.root()).expect("fields of the right types");
        assert!(!pods.is_empty(), "no pod in {}", self.object);
        let tape = Tape::read(self.settings, &ALL, "").expect("JSON");
        let mut settings = settings::read(tape.root()).expect("valid settings");
        settings.requirements = Modes(REQUIREMENTS.map(|requirement| {
            match requirement.name == self.requirement.name {
                true => mode,
                false => Mode::Off,
            }
        }));
        let answer = self.nodes.read();
        let nodes = Nodes::of(&self.nodes, answer.as_ref());
        let (mut denied, mut warnings) = (Findings::default(), Vec::new());
        judge(&pods, &settings, &nodes, &mut denied, &mut warnings);
        (findings::message(&[denied]), warnings)
    }

    /// Asserts what is said in each mode; nothing in any where `expected` is
    /// empty.
    pub(super) fn assert_says(&self, expected: &[&str], warning: &str) {
        let none = "HostProcess denied: ";
        let denial = [none, &expected.join("; ")].concat();
        assert_eq!(self.judged(Mode::Deny), (denial, Vec::new()));
        let warnings: Vec<_> = expected
            .first()
            .map(|_| warning.into())
            .into_iter()
            .collect();
        assert_eq!(self.judged(Mode::Warn), (none.into(), warnings));
        assert!(warning.len() <= 120, "{} bytes", warning.len());
        assert_eq!(self.judged(Mode::Off), (none.into(), Vec::new()));
    }
}

#[test]
fn the_defaults_are_the_documented_ones() {
    let defaults = REQUIREMENTS.map(|requirement| (requirement.name, requirement.default));
    assert_eq!(
        defaults,
        [
            ("allContainers", Mode::Deny),
            ("hostNetwork", Mode::Deny),
            ("runAsUserName", Mode::Deny),
            ("runAsNonRoot", Mode::Deny),
            ("namedPipeMounts", Mode::Deny),
            ("unixSocketMounts", Mode::Deny),
            ("hyperVIsolation", Mode::Deny),
            ("rootfsLocation", Mode::Deny),
            ("windowsNode", Mode::Warn),
            ("nodeKubernetes", Mode::Off),
            ("nodeContainerd", Mode::Off),
        ]
    );
}

#[test]
fn names_are_unique_and_in_camel_case() {
    let names: BTreeSet<_> = REQUIREMENTS.iter().map(|r| r.name).collect();
    assert_eq!(names.len(), REQUIREMENTS.len());
    for name in names {
        let letters = name.bytes().all(|c| c.is_ascii_alphabetic());
        assert!(
            letters && name.starts_with(|c: char| c.is_ascii_lowercase()),
            "{name}"
        );
    }
}

#[test]
fn only_what_is_off_by_default_asks_for_nodes() {
    for requirement in &REQUIREMENTS {
        let off = requirement.default == Mode::Off;
        assert_eq!(requirement.needs_nodes, off, "{}", requirement.name);
    }
}

#[test]
fn pods_of_one_object_are_judged_together() {
    let question = Question {
        home: Home::Anywhere,
        ..Question::pod(
            &super::host_network::REQUIREMENT,
            r#"{"spec":{"head":{"spec":{"containers":[{}]}},
                "workers":[{"spec":{"hostNetwork":true,"containers":[{}]}},
                {"spec":{"hostNetwork":false,"containers":[{}]}}]}}"#,
        )
    };
    question.assert_says(
        &[
            "spec.head.spec.hostNetwork: Required value: HostProcess containers run in the host's \
             network and have no other: write hostNetwork: true",
            "spec.workers[1].spec.hostNetwork: Invalid value: false: HostProcess containers run in \
             the host's network and have no other: write hostNetwork: true",
        ],
        "hostNetwork: a HostProcess pod needs hostNetwork: true (spec.head.spec.hostNetwork and 1 \
         more)",
    );
}

#[test]
fn a_warning_of_a_deep_field_keeps_the_end_of_its_path() {
    let question = Question {
        home: Home::JobTemplate,
        ..Question::pod(
            &super::host_network::REQUIREMENT,
            r#"{"spec":{"jobTemplate":{"spec":{"template":{"spec":{}}}}}}"#,
        )
    };
    question.assert_says(
        &[
            "spec.jobTemplate.spec.template.spec.hostNetwork: Required value: HostProcess \
           containers run in the host's network and have no other: write hostNetwork: true",
        ],
        "hostNetwork: a HostProcess pod needs hostNetwork: true \
         (spec.jobTemplate.spec.template.spec.hostNetwork)",
    );
}
