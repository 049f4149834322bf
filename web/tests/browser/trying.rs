//! What a person does who tries the policy.

use std::time::Instant;

use serde_json::{Value, json};

use crate::browser::{Browser, PATIENCE};
use crate::{ADD_RULE, DAEMON_SET, DENIED, PASSED};

/// How long a megabyte of manifests may take, from the last key to the verdicts, in milliseconds.
const LONGEST_WAIT: f64 = 1000.0;

#[tokio::test]
async fn a_newcomer_gets_from_the_example_to_valid_settings() {
    let browser = Browser::open().await;
    browser.paste("manifests", DAEMON_SET).await;
    browser.wait_for_text("summary", DENIED).await;
    let verdicts = browser.text_of("verdicts").await;
    assert!(
        verdicts.contains("DaemonSet monitoring/windows-exporter"),
        "{verdicts}"
    );
    assert!(verdicts.contains("namespace \"monitoring\""), "{verdicts}");

    browser.click(ADD_RULE).await;
    browser.wait_for_text("summary", PASSED).await;
    let settings = browser.value_of("settings").await;
    assert!(settings.starts_with("allow:\n"), "{settings}");
    let summary = browser.text_of("settings-summary").await;
    assert_eq!(summary, "The settings are valid: 1 rule.");
    assert_eq!(browser.text_of("remarks").await, "");
}

#[tokio::test]
async fn the_settings_leave_the_page_as_text_and_as_files() {
    let browser = Browser::open().await;
    browser.click("Show example").await;
    browser.click(ADD_RULE).await;
    browser.wait_for_text("summary", PASSED).await;
    let settings = browser.value_of("settings").await;

    browser.click("Copy settings").await;
    browser
        .wait_for_text("done", "The settings are copied.")
        .await;
    let clipboard = "navigator.clipboard.readText().then(arguments[0])";
    let permission = json!({"permissions": ["clipboardReadWrite"]});
    browser
        .dev_tools("Browser.grantPermissions", permission)
        .await;
    assert_eq!(browser.run_async(clipboard).await, settings);

    browser.click("Download settings.yaml").await;
    assert_eq!(browser.downloaded("settings.yaml"), settings);

    browser.click("Download policy.yaml").await;
    let policy: Value =
        hostprocess::yaml::read_single(&browser.downloaded("policy.yaml")).expect("a policy");
    let settings: Value = hostprocess::yaml::read_single(&settings).expect("settings");
    assert_eq!(policy["kind"], "ClusterAdmissionPolicy");
    assert_eq!(policy["spec"]["settings"], settings);
}

#[tokio::test]
async fn problems_stand_beside_the_settings_and_lead_to_their_lines() {
    let browser = Browser::open().await;
    browser.paste("manifests", DAEMON_SET).await;
    browser
        .paste("settings", "allow:\n  - name: a\n    image: [x]\n")
        .await;
    browser
        .wait_for_text("settings-summary", "The settings are not valid.")
        .await;
    let problems = browser.text_of("remarks").await;
    assert!(problems.contains("line 3: allow[0].image: "), "{problems}");
    let summary = browser.text_of("summary").await;
    assert_eq!(summary, "Nothing is judged: correct the settings.");
    assert_eq!(
        browser
            .evaluate("document.getElementById('download-policy').disabled")
            .await,
        true
    );

    browser.click("line 3").await;
    let selected = browser.evaluate("String(document.getSelection())").await;
    assert_eq!(selected, "    image: [x]");
}

#[tokio::test]
async fn rules_are_not_added_to_a_list_in_brackets() {
    const SETTINGS: &str = "allow: [{name: a, namespaces: [x], images: [docker.io/a/b]}]";

    let browser = Browser::open().await;
    browser.paste("settings", SETTINGS).await;
    browser.click("Add its rules").await;
    let done = browser.text_of("done").await;
    assert!(done.starts_with("The rules cannot be added"), "{done}");
    assert_eq!(browser.value_of("settings").await, SETTINGS);

    browser.paste("settings", "allow: []").await;
    browser.click("Add its rules").await;
    assert_eq!(browser.text_of("done").await, "The rules are added.");
}

#[tokio::test]
async fn an_example_replaces_what_somebody_wrote_only_if_they_agree() {
    let browser = Browser::open().await;
    browser.paste("settings", "# mine").await;
    for (agrees, expected) in [(false, "# mine"), (true, "")] {
        // An arrow function sees the arguments of the script.
        browser
            .run("window.confirm = () => arguments[0];", json!(agrees))
            .await;
        browser.click("Show example").await;
        assert_eq!(browser.value_of("settings").await, expected);
    }
}

#[tokio::test]
async fn the_page_asks_the_network_for_nothing_after_it_has_loaded() {
    let browser = Browser::open().await;
    let loaded = browser.server.requested();
    browser.paste("manifests", DAEMON_SET).await;
    browser.wait_for_text("summary", DENIED).await;
    browser.click(ADD_RULE).await;
    browser.wait_for_text("summary", PASSED).await;

    assert_eq!(browser.server.requested(), loaded);
    let elsewhere = "performance.getEntriesByType('resource')\
                     .filter((entry) => !entry.name.startsWith(location.origin)).length";
    assert_eq!(browser.evaluate(elsewhere).await, 0);
}

#[tokio::test]
async fn hostile_text_is_shown_as_text() {
    let browser = Browser::open().await;
    let hostile = DAEMON_SET.replace(
        "name: firewall",
        "name: '<script>alert(1)</script>\u{202e}'",
    );
    browser.paste("manifests", &hostile).await;
    browser.wait_for_text("summary", DENIED).await;
    let verdicts = browser.text_of("verdicts").await;
    assert!(verdicts.contains("<script>"), "{verdicts}");
    assert!(!verdicts.contains('\u{202e}'), "{verdicts}");
    assert_eq!(
        browser
            .evaluate("document.querySelectorAll('main script').length")
            .await,
        0
    );
}

#[tokio::test]
async fn a_megabyte_of_manifests_is_judged_while_one_types() {
    let browser = Browser::open().await;
    let manifests = format!("---\n{DAEMON_SET}").repeat(1_000_000 / DAEMON_SET.len());
    browser
        .run("window.manifests = arguments[0];", json!(manifests))
        .await;
    let script = "const field = document.getElementById('manifests'); \
                  const start = performance.now(); \
                  new MutationObserver(() => arguments[0](performance.now() - start)) \
                      .observe(document.getElementById('verdicts'), {childList: true}); \
                  field.value = window.manifests; \
                  field.dispatchEvent(new InputEvent('input'));";
    // The first time takes longer, and so does every time while the machine has other work.
    let start = Instant::now();
    let mut fastest = f64::INFINITY;
    while fastest > LONGEST_WAIT && start.elapsed() < PATIENCE {
        let milliseconds = browser.run_async(script).await;
        fastest = fastest.min(milliseconds.as_f64().expect("a time"));
    }
    assert!(fastest <= LONGEST_WAIT, "{fastest} ms");
    let summary = browser.text_of("summary").await;
    assert!(summary.contains(" denied, 0 passed"), "{summary}");
}
