//! `make web-test`: the page in a real browser.
//!
//! The tests serve `web/target/page` on this machine, start chromedriver, and do what a person does:
//! paste, read the denial, take the suggested rule, and pass. Every test has a browser of its own. The
//! browser is Chromium, or Chrome if the variable CHROME names its program.

mod accessibility;
mod browser;
mod pictures;
mod server;
mod trying;

/// A DaemonSet that asks for HostProcess: the README's example.
const DAEMON_SET: &str =
    include_str!("../../../artefacts/examples/windows-exporter/daemonset.yaml");
/// Settings with the rule for it.
const SETTINGS: &str = include_str!("../../../artefacts/examples/windows-exporter/settings.yaml");

/// The summary of a denied object, and of one that is admitted.
const DENIED: &str = "1 checked: 1 denied, 0 passed";
const PASSED: &str = "1 checked: 0 denied, 1 passed";

/// The button below a suggested rule.
const ADD_RULE: &str = "Add this rule to the settings";
