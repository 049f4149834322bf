//! What the page's menus offer: the examples and the ready-made rules of `artefacts/`.

use hostprocess::built_in_rules;
use serde::Serialize;

/// An example with its settings.
#[derive(Serialize)]
pub struct Example {
    /// The folder in `artefacts/examples`.
    pub name: &'static str,
    /// What the menu shows.
    pub title: &'static str,
    /// The manifests.
    pub manifests: &'static str,
    /// The settings that go with them.
    pub settings: &'static str,
}

/// Settings of an add-on, ready to use.
#[derive(Serialize)]
pub struct Rules {
    /// The file in `artefacts/rules`, without its ending.
    pub name: &'static str,
    /// What the menu shows.
    pub title: String,
    /// The settings, with `allow` only.
    pub settings: String,
}

/// Makes an example of two files in `artefacts/examples/`.
macro_rules! example {
    ($name:literal, $title:literal, $manifest:literal, $settings:literal) => {
        Example {
            name: $name,
            title: $title,
            manifests: include_str!(concat!("../../artefacts/examples/", $name, "/", $manifest)),
            settings: include_str!(concat!("../../artefacts/examples/", $name, "/", $settings)),
        }
    };
}

/// The examples of the menu. The first one is the README's, without settings.
pub const EXAMPLES: [Example; 6] = [
    Example {
        name: "without-settings",
        title: "A metrics exporter, no rules yet",
        manifests: include_str!("../../artefacts/examples/windows-exporter/daemonset.yaml"),
        settings: "",
    },
    example!(
        "windows-exporter",
        "A metrics exporter with its rule",
        "daemonset.yaml",
        "settings.yaml"
    ),
    example!(
        "another-word",
        "Another word in the command",
        "daemonset.yaml",
        "settings.yaml"
    ),
    example!(
        "injected-sidecar",
        "A sidecar that no rule names",
        "daemonset.yaml",
        "settings.yaml"
    ),
    example!(
        "annotation-that-makes-system",
        "An annotation that makes SYSTEM of every account",
        "pod.yaml",
        "settings.yaml"
    ),
    example!(
        "mixed-pod",
        "A pod with and without HostProcess",
        "pod.yaml",
        "settings.yaml"
    ),
];

/// Returns the ready-made rules of the menu.
pub fn rules() -> Vec<Rules> {
    let files = built_in_rules::ALL.iter();
    files
        .map(|file| Rules {
            name: file.name,
            title: format!("{}: {}", file.name, file.title()),
            settings: built_in_rules::settings_with(&[file]),
        })
        .collect()
}
