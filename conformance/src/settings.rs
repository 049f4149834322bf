//! Settings documents from rules written as differences from the fixture's rule.

use serde_json::{Map, Value};

/// The fixture's rule with the keys of `changes` replaced.
#[must_use]
pub fn rule(fixture: &Map<String, Value>, changes: &Map<String, Value>) -> Value {
    let mut rule = fixture.clone();
    rule.extend(changes.clone());
    Value::Object(rule)
}

/// The settings with one more rule at the end of `allow`; `None` where they are no
/// object or `allow` is no list.
#[must_use]
pub fn with_rule(settings: &Value, rule: Value) -> Option<Value> {
    let mut settings = match settings {
        Value::Null => Map::new(),
        Value::Object(settings) => settings.clone(),
        _ => return None,
    };
    let allow = settings.entry("allow").or_insert(Value::Null);
    match allow {
        Value::Null => *allow = Value::Array(vec![rule]),
        Value::Array(rules) => rules.push(rule),
        _ => return None,
    }
    Some(Value::Object(settings))
}
