//! Collects the rules for single objects, and makes one rule of those that belong to one workload.

use std::collections::{BTreeMap, BTreeSet};

use windows_hostprocess_policy::settings::{ContainerEntry, Rule};

use super::workload::Workload;

/// The longest name of a rule: an RFC 1123 label.
const LONGEST_NAME: usize = 63;

/// The rules that were suggested for objects.
#[derive(Default)]
pub(super) struct RuleSet {
    /// The rules by their keys. Workloads with the same key are different ones if their uids differ.
    rules: BTreeMap<Key, Vec<SuggestedRule>>,
    /// The objects that are in the input.
    objects: BTreeSet<ObjectName>,
}

/// What names an object.
#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ObjectName {
    pub(super) namespace: String,
    pub(super) kind: String,
    pub(super) name: String,
}

/// What tells the workload of a rule from others. A rule names one list of service accounts, so a
/// workload that changed its account has two rules.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    namespace: String,
    service_account_names: Option<Vec<String>>,
    kind: String,
    name: String,
}

/// The rule of a workload.
pub(super) struct SuggestedRule {
    /// The rule without `containers`.
    pub(super) rule: Rule,
    /// The `containers` of the rule.
    pub(super) entries: Vec<SuggestedEntry>,
    pub(super) workload: Workload,
    /// The objects that the rule comes from: `FILE:LINE Kind namespace/name`.
    pub(super) origins: Vec<String>,
    /// Warnings with which the rule admits the objects.
    pub(super) warnings: BTreeSet<String>,
    /// Whether the workload itself is among the objects, and not only what it owns.
    pub(super) has_owner_in_input: bool,
    /// Whether the objects are debugging sessions.
    pub(super) is_debugging_session: bool,
}

/// A container entry of a rule.
pub(super) struct SuggestedEntry {
    pub(super) entry: ContainerEntry,
    /// The objects that have such a container, as indexes of the rule's `origins`.
    pub(super) origins: BTreeSet<usize>,
}

/// A rule that was suggested for one object.
pub(super) struct RuleOfObject {
    pub(super) rule: Rule,
    pub(super) workload: Workload,
    pub(super) object: ObjectName,
    /// The object: `FILE:LINE Kind namespace/name`.
    pub(super) origin: String,
    /// Warnings with which the rule admits the object.
    pub(super) warnings: Vec<String>,
    /// Whether the object is the workload itself, and not made by its controller.
    pub(super) is_workload_itself: bool,
    /// Whether the object is a debugging session.
    pub(super) is_debugging_session: bool,
}

impl RuleSet {
    /// Adds the rule of an object to that of its workload.
    pub(super) fn add(&mut self, mut added: RuleOfObject) {
        self.objects.insert(std::mem::take(&mut added.object));
        let workload = &added.workload;
        let key = Key {
            namespace: workload.namespace.clone(),
            service_account_names: added.rule.service_account_names.clone(),
            kind: workload.kind.clone(),
            name: workload.name.clone(),
        };
        let rules_of_key = self.rules.entry(key).or_default();
        let known = rules_of_key
            .iter_mut()
            .find(|known| known.workload.is_same(&added.workload));
        match known {
            Some(known) => known.add(added),
            None => rules_of_key.push(SuggestedRule::new(added)),
        }
    }

    /// Returns the rules sorted by name. Every name is made unique: `name`, `name-2` …
    pub(super) fn into_rules(self) -> Vec<SuggestedRule> {
        let mut rules: Vec<SuggestedRule> = self.rules.into_values().flatten().collect();
        mark_owners_in_input(&mut rules, &self.objects);
        rules.sort_by(|a, b| a.rule.name.cmp(&b.rule.name));
        let mut taken = BTreeSet::new();
        for suggested in &mut rules {
            let name = unique_name(&suggested.rule.name, &taken);
            taken.insert(name.clone());
            suggested.rule.name = name;
        }
        rules
    }
}

/// Marks each rule whose workload is one of `objects`. Another rule may come from it: a workload that
/// changed its service account has two rules, and a Job that somebody made of a CronJob belongs to the
/// CronJob.
fn mark_owners_in_input(rules: &mut [SuggestedRule], objects: &BTreeSet<ObjectName>) {
    for rule in rules {
        let Workload {
            namespace,
            kind,
            name,
            ..
        } = &rule.workload;
        rule.has_owner_in_input |= objects.contains(&ObjectName {
            namespace: namespace.clone(),
            kind: kind.clone(),
            name: name.clone(),
        });
    }
}

impl SuggestedRule {
    /// Makes the rule of a workload from the rule of its first object.
    fn new(first: RuleOfObject) -> Self {
        let mut suggested = SuggestedRule {
            rule: Rule {
                containers: None,
                ..first.rule.clone()
            },
            entries: Vec::new(),
            workload: first.workload.clone(),
            origins: Vec::new(),
            warnings: BTreeSet::new(),
            has_owner_in_input: false,
            is_debugging_session: first.is_debugging_session,
        };
        suggested.add(first);
        suggested
    }

    /// Adds the rule of another object of the workload.
    fn add(&mut self, added: RuleOfObject) {
        let origin = self.origins.len();
        self.origins.push(added.origin);
        self.warnings.extend(added.warnings);
        self.has_owner_in_input |= added.is_workload_itself;
        for entry in added.rule.containers.unwrap_or_default() {
            self.add_entry(entry, origin);
        }
    }

    /// Adds a container entry of an object, the one with the index `origin` in `origins`. The images of
    /// versions of one container become alternatives.
    fn add_entry(&mut self, mut entry: ContainerEntry, origin: usize) {
        let known = self
            .entries
            .iter_mut()
            .find(|known| differs_by_tag_at_most(&known.entry, &entry));
        let Some(known) = known else {
            let origins = BTreeSet::from([origin]);
            self.entries.push(SuggestedEntry { entry, origins });
            return;
        };
        let images = &mut known.entry.images;
        entry.images.retain(|image| !images.contains(image));
        images.append(&mut entry.images);
        known.origins.insert(origin);
    }
}

/// Returns whether two entries are the same but for the tags and digests of their images. All images of
/// an entry have one repository, so the first image tells it.
fn differs_by_tag_at_most(a: &ContainerEntry, b: &ContainerEntry) -> bool {
    let first_repository = |entry: &ContainerEntry| {
        entry
            .images
            .first()
            .map(|image| repository(image).to_owned())
    };
    let without_images = |entry: &ContainerEntry| ContainerEntry {
        images: Vec::new(),
        ..entry.clone()
    };
    first_repository(a) == first_repository(b) && without_images(a) == without_images(b)
}

/// Returns an image reference without tag and digest.
pub(super) fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => image,
    }
}

/// Returns `name`, with a number behind it if `name` is taken.
fn unique_name(name: &str, taken: &BTreeSet<String>) -> String {
    if !taken.contains(name) {
        return name.to_owned();
    }
    let mut number = 2;
    loop {
        let suffix = format!("-{number}");
        let kept = name.len().min(LONGEST_NAME - suffix.len());
        let numbered = format!("{}{suffix}", name[..kept].trim_end_matches('-'));
        if !taken.contains(&numbered) {
            return numbered;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::tag("docker.io/a/b:v1", "docker.io/a/b")]
    #[case::port("localhost:5000/a", "localhost:5000/a")]
    #[case::digest("localhost:5000/a:v1@sha256:00", "localhost:5000/a")]
    fn repositories(#[case] image: &str, #[case] expected: &str) {
        assert_eq!(repository(image), expected);
    }

    #[test]
    fn names_are_made_unique() {
        let taken = BTreeSet::from([String::from("a"), String::from("a-2")]);
        assert_eq!(unique_name("a", &taken), "a-3");
    }
}
