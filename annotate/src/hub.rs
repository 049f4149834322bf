//! The package file that ArtifactHub reads, `artifacthub-pkg.yml`.
//!
//! Its content is what `kwctl scaffold artifacthub` generates: the hub's own
//! keys, and Kubewarden's annotations on top.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::metadata::{author, comma_list, keys};
use crate::{Metadata, Problems, yaml};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Package<'m> {
    version: &'m str,
    name: &'m str,
    display_name: &'m str,
    created_at: String,
    description: &'m str,
    license: &'m str,
    #[serde(rename = "homeURL")]
    home_url: &'m str,
    containers_images: [Image; 1],
    keywords: Vec<&'m str>,
    links: [Link; 2],
    install: String,
    maintainers: [Maintainer<'m>; 1],
    provider: Provider,
    recommendations: [Recommendation; 1],
    annotations: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Image {
    name: &'static str,
    image: String,
}

#[derive(Serialize)]
struct Link {
    name: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Maintainer<'m> {
    name: &'m str,
    email: &'m str,
}

#[derive(Serialize)]
struct Provider {
    name: &'static str,
}

#[derive(Serialize)]
struct Recommendation {
    url: &'static str,
}

/// The text of `artifacthub-pkg.yml`.
///
/// `questions` is the text of `questions-ui.yml`, the form that Rancher shows;
/// `created_at` the time of the release.
///
/// # Errors
/// When `questions` is not YAML with a list of questions.
pub fn package(
    metadata: &Metadata,
    questions: &str,
    created_at: Timestamp,
) -> Result<String, Problems> {
    check_questions(questions)?;
    let text = |key| metadata.annotation(key);
    let version = text(keys::VERSION);
    let source = text(keys::SOURCE);
    let (name, email) = author(text(keys::AUTHOR)).unwrap_or_default();
    let mut annotations = BTreeMap::from([
        ("kubewarden/mutation", metadata.mutating.to_string()),
        ("kubewarden/resources", text(keys::RESOURCES).to_owned()),
        ("kubewarden/rules", yaml::write(&metadata.rules)),
        ("kubewarden/questions-ui", questions.to_owned()),
    ]);
    if !metadata.context_aware_resources.is_empty() {
        annotations.insert(
            "kubewarden/contextAwareResources",
            yaml::write(&metadata.context_aware_resources),
        );
    }
    Ok(yaml::write(&Package {
        version,
        name: text(keys::TITLE),
        display_name: text(keys::DISPLAY_NAME),
        created_at: created_at.to_string(),
        description: text(keys::DESCRIPTION),
        license: text(keys::LICENSE),
        home_url: text(keys::URL),
        containers_images: [Image {
            name: "policy",
            image: metadata.module_reference(),
        }],
        keywords: comma_list(text(keys::KEYWORDS)).collect(),
        links: [
            Link {
                name: "policy",
                url: format!("{source}/releases/download/v{version}/policy.wasm"),
            },
            Link {
                name: "source",
                url: source.to_owned(),
            },
        ],
        install: install(&metadata.module_reference()),
        maintainers: [Maintainer { name, email }],
        provider: Provider { name: "kubewarden" },
        recommendations: [Recommendation {
            url: "https://artifacthub.io/packages/helm/kubewarden/kubewarden-controller",
        }],
        annotations,
    }))
}

fn install(reference: &str) -> String {
    format!(
        "Pull the policy with [`kwctl`](https://docs.kubewarden.io/reference/kwctl-cli):\n\
         ```console\n\
         kwctl pull {reference}\n\
         ```\n\
         Then write a policy resource for the cluster:\n\
         ```console\n\
         kwctl scaffold manifest --type ClusterAdmissionPolicy registry://{reference}\n\
         ```\n"
    )
}

/// The hub shows the form as it stands, so only its outline is checked here.
fn check_questions(questions: &str) -> Result<(), Problems> {
    let value = yaml::read(questions)?;
    let mut problems = Problems::default();
    match value.get("questions").and_then(serde_json::Value::as_array) {
        Some(list) if !list.is_empty() => {}
        _ => problems.add("questions", "a list with at least one question is expected"),
    }
    problems.or(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::metadata::tests::sample;

    const QUESTIONS: &str = "questions:\n  - variable: allow\n    type: string\n";

    fn generated(metadata: &Metadata) -> Value {
        let at: Timestamp = "2026-02-03T04:05:06Z".parse().unwrap();
        let text = package(metadata, QUESTIONS, at).unwrap();
        yaml::read(&text).unwrap()
    }

    #[test]
    fn holds_every_key_of_the_hub() {
        let mut found = generated(&sample());
        let annotations = found["annotations"].take();
        let install = found["install"].take();
        assert_eq!(
            found,
            json!({
                "version": "1.2.3",
                "name": "sample-policy",
                "displayName": "Sample Policy",
                "createdAt": "2026-02-03T04:05:06Z",
                "description": "Judges samples",
                "license": "Apache-2.0",
                "homeURL": "https://example.com/sample",
                "containersImages": [
                    {"name": "policy", "image": "registry.example.com/policies/sample:v1.2.3"}
                ],
                "keywords": ["sample", "two words"],
                "links": [
                    {"name": "policy", "url": "https://example.com/source/releases/download/v1.2.3/policy.wasm"},
                    {"name": "source", "url": "https://example.com/source"},
                ],
                "install": null,
                "maintainers": [{"name": "Sample Authors", "email": "sample@example.com"}],
                "provider": {"name": "kubewarden"},
                "recommendations": [
                    {"url": "https://artifacthub.io/packages/helm/kubewarden/kubewarden-controller"}
                ],
                "annotations": null,
            })
        );
        assert!(
            install
                .as_str()
                .unwrap()
                .contains("kwctl pull registry.example.com/policies/sample:v1.2.3\n")
        );
        assert_eq!(annotations["kubewarden/mutation"], "false");
        assert_eq!(annotations["kubewarden/resources"], "Pod, Job");
        assert_eq!(annotations["kubewarden/questions-ui"], QUESTIONS);
        let rules = yaml::read(annotations["kubewarden/rules"].as_str().unwrap()).unwrap();
        assert_eq!(rules, serde_json::to_value(&sample().rules).unwrap());
        let resources = annotations["kubewarden/contextAwareResources"]
            .as_str()
            .unwrap();
        assert_eq!(
            yaml::read(resources).unwrap(),
            json!([{"apiVersion": "v1", "kind": "Node"}])
        );
    }

    #[test]
    fn says_nothing_of_resources_that_are_not_asked_for() {
        let mut metadata = sample();
        metadata.context_aware_resources.clear();
        let annotations = &generated(&metadata)["annotations"];
        assert_eq!(annotations.get("kubewarden/contextAwareResources"), None);
    }

    #[test]
    fn refuses_a_form_without_questions() {
        let refused = package(&sample(), "questions: []\n", Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "questions: a list with at least one question is expected"
        );
    }
}
