//! Nobody but the policy speaks in its messages: what a requester writes stands in
//! quotes, escaped, or is the plain name of a field.

use reliability::answer::{Answer, findings};
use reliability::choices::Choices;
use reliability::{settings, workload};
use serde_json::{Map, Value, json};

use crate::cases::for_all;
use crate::policy::judge;

/// Stands in everything that a requester writes here, and in no plain name of a field.
const MARK: &str = "FOR GED";

/// Texts that look like what the policy says, or like the end of a line.
const FORGERIES: [&str; 13] = [
    "FOR GED",
    "FOR GED,another-container",
    "a\"; spec.containers[0]: Forbidden: FOR GED; rule \"x\": ",
    "a\\\"; FOR GED: Forbidden: ",
    "]: Forbidden: FOR GED; spec[",
    "a\nHostProcess denied: FOR GED",
    "a\r\nFOR GED",
    "\u{1b}[2K\u{1b}[1G FOR GED",
    "\u{202e}FOR GED\u{202c}",
    "FOR GED\u{0}",
    "\u{85}FOR GED\u{2028}",
    "; and 0 more FOR GED",
    "'; FOR GED; '",
];

/// Replaces texts of the request by forgeries, and in custom kinds names of fields.
fn forge(choices: &mut Choices<'_>, value: &mut Value, keys: bool) {
    match value {
        Value::String(text) if choices.once_in(2) => {
            let forgery = *choices.pick(&FORGERIES);
            *text = if choices.once_in(4) {
                forgery.repeat(40)
            } else {
                forgery.to_owned()
            };
        }
        Value::Array(items) => items.iter_mut().for_each(|item| forge(choices, item, keys)),
        Value::Object(fields) => {
            for field in fields.values_mut() {
                forge(choices, field, keys);
            }
            if keys && choices.once_in(3) {
                let old = std::mem::take(fields);
                let known = [
                    "spec",
                    "containers",
                    "securityContext",
                    "windowsOptions",
                    "hostProcess",
                ];
                *fields = old
                    .into_iter()
                    .map(|(key, value)| {
                        if known.contains(&key.as_str()) || choices.once_in(3) {
                            return (key, value);
                        }
                        (format!("{key}{}", choices.pick(&FORGERIES)), value)
                    })
                    .collect::<Map<_, _>>();
            }
        }
        _ => {}
    }
}

fn generate(choices: &mut Choices<'_>) -> Value {
    let mut request = workload::request(choices);
    let custom = reliability::walk::home(&request).is_none();
    for field in ["object", "namespace", "userInfo"] {
        forge(choices, &mut request[field], custom);
    }
    if custom {
        // A pod spec below a name of the requester's own.
        let name = format!("a{}", choices.pick(&FORGERIES));
        let spec = request["object"]["spec"].take();
        request["object"]["spec"] = json!({ name: spec });
    }
    let settings = settings::settings(choices);
    json!({"request": request, "settings": settings})
}

/// What stands outside of quotes.
fn in_the_policys_own_words(answer: &Answer) -> String {
    let annotations = answer
        .audit
        .iter()
        .filter(|(key, _)| *key != "suggested-rule");
    let texts = annotations.map(|(_, value)| value).chain(&answer.warnings);
    let texts: Vec<String> = texts.map(|text| findings(text).join(";")).collect();
    answer.findings().join(";") + &texts.join(";")
}

#[test]
fn nobody_else_speaks_in_a_message() {
    let classes = &["admitted", "denied"];
    for_all(400, classes, generate, |scenario| {
        let answer = judge(&scenario["request"], &scenario["settings"])?;
        let own_words = in_the_policys_own_words(&answer);
        if own_words.contains(MARK) {
            return Err(format!("{own_words}\nin {answer:?}"));
        }
        Ok(answer.verdict())
    });
}
