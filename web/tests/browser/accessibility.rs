//! Whoever uses the keyboard, a screen reader, or the other colours.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::{ADD_RULE, DAEMON_SET, DENIED, PASSED, SETTINGS};

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
/// The roles of what a person can use.
const CONTROLS: [&str; 4] = ["button", "combobox", "link", "textbox"];

/// What the browser tells a screen reader about an element.
struct Spoken {
    role: String,
    name: String,
}

async fn spoken(browser: &Browser) -> Vec<Spoken> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tree = browser
        .dev_tools("Accessibility.getFullAXTree", json!({}))
        .await;
    let nodes = tree["nodes"].as_array().into_iter().flatten();
    nodes
        .filter(|node| node["ignored"] == false)
        .map(|node| Spoken {
            role: text(&node["role"]["value"]),
            name: text(&node["name"]["value"]),
        })
        .collect()
}

/// The element with the focus: its identifier, else its text.
async fn focused(browser: &Browser) -> String {
    let focused = browser
        .evaluate("document.activeElement.id || document.activeElement.textContent")
        .await;
    focused.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn every_control_has_a_name() {
    let browser = Browser::open().await;
    browser.paste("manifests", DAEMON_SET).await;
    browser.wait_for_text("summary", DENIED).await;

    let mut roles = BTreeSet::new();
    for element in spoken(&browser).await {
        if CONTROLS.contains(&&*element.role) {
            assert_ne!(element.name, "", "a {} without a name", element.role);
            roles.insert(element.role);
        }
    }
    assert_eq!(roles, CONTROLS.map(String::from).into());
}

#[tokio::test]
async fn results_are_told_to_a_screen_reader() {
    let browser = Browser::open().await;
    for result in ["settings-summary", "requester-problem", "done", "summary"] {
        let role = format!("document.getElementById('{result}').getAttribute('role')");
        assert_eq!(browser.evaluate(&role).await, "status", "{result}");
    }
}

#[tokio::test]
async fn the_keyboard_is_enough() {
    let browser = Browser::open().await;
    let mut stops = Vec::new();
    while stops.last().is_none_or(|stop| stop != "download-policy") {
        browser.press(TAB).await;
        let stop = focused(&browser).await;
        assert!(!stops.contains(&stop), "{stop} comes again after {stops:?}");
        if stop == "show-example" {
            browser.press(ENTER).await;
            browser.wait_for_text("summary", DENIED).await;
        }
        stops.push(stop);
    }
    let expected = [
        "policy",
        "example",
        "show-example",
        "manifests",
        "namespace",
        "requester",
        "line 17",
        ADD_RULE,
        "What the keys mean",
        "rules",
        "add-rules",
        "settings",
        "copy",
        "download-settings",
        "download-policy",
    ];
    assert_eq!(stops, expected);

    browser
        .evaluate("document.querySelector('.add').focus()")
        .await;
    browser.press(ENTER).await;
    browser.wait_for_text("summary", PASSED).await;
    // The button is gone. The focus stays where it was, at the same object.
    let focused = focused(&browser).await;
    assert!(focused.contains("windows-exporter admitted"), "{focused}");
}

#[tokio::test]
async fn texts_can_be_read_in_both_color_schemes() {
    let browser = Browser::open().await;
    let broken = format!("{DAEMON_SET}---\nkind: [\n");
    let of_on_call = format!("{SETTINGS}    requestedBy: [group:on-call, controllers]\n");
    let states = [
        ("", "", "", "There are no manifests yet."),
        (
            &broken,
            "",
            "",
            "1 checked: 1 denied, 0 passed; 1 could not be read",
        ),
        (DAEMON_SET, SETTINGS, "", PASSED),
        (
            DAEMON_SET,
            &of_on_call,
            "",
            "1 checked: 0 denied, 1 depending on who asks, 0 passed",
        ),
        (
            DAEMON_SET,
            "allow: {}",
            "serviceaccount:a",
            "Nothing is judged: correct the requester.",
        ),
    ];
    for (manifests, settings, requester, summary) in states {
        browser.paste("manifests", manifests).await;
        browser.paste("settings", settings).await;
        browser.paste("requester", requester).await;
        browser.wait_for_text("summary", summary).await;

        let mut backgrounds = BTreeSet::new();
        for scheme in ["light", "dark"] {
            browser.prefer_colors(scheme).await;
            let background = "getComputedStyle(document.body).backgroundColor";
            backgrounds.insert(browser.evaluate(background).await.to_string());
            let poor = browser.run(include_str!("contrast.js"), Value::Null).await;
            assert_eq!(poor, json!([]), "{scheme}: {summary}");
        }
        assert_eq!(backgrounds.len(), 2, "{backgrounds:?}");
    }
}
