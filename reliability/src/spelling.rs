//! The same JSON written otherwise, and JSON in which something is wrong.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::choices::Choices;

/// Fields that may be null wherever an object of the API has no value for them.
const NULLABLE: [&str; 14] = [
    "annotations",
    "args",
    "command",
    "hostNetwork",
    "hostProcess",
    "initContainers",
    "nodeSelector",
    "os",
    "runAsNonRoot",
    "runAsUserName",
    "runtimeClassName",
    "securityContext",
    "serviceAccountName",
    "volumeMounts",
];

/// Maps of strings: what is added to them is a label or an annotation, not a field.
const MAPS: [&str; 4] = ["annotations", "labels", "matchLabels", "nodeSelector"];

/// `payload`, that of a request and its settings, as JSON of another spelling: the
/// fields in any order, unknown ones and nulls added to the object, characters
/// escaped, blanks between the tokens.
pub fn respell(choices: &mut Choices<'_>, payload: &Value) -> String {
    let mut out = String::with_capacity(4096);
    Writer {
        choices,
        out: &mut out,
    }
    .value("", payload, Place::Envelope);
    out
}

/// Where a value stands: what may be added to it depends on that.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// The payload and the request.
    Envelope,
    /// `object` and `oldObject`.
    Object,
    /// The settings, in which nothing is unknown; and maps.
    Closed,
}

struct Writer<'w, 'c> {
    choices: &'w mut Choices<'c>,
    out: &'w mut String,
}

impl Writer<'_, '_> {
    fn value(&mut self, key: &str, value: &Value, place: Place) {
        self.blank();
        match value {
            Value::Object(fields) => self.object(key, fields, place),
            Value::Array(items) => {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.separate(index);
                    self.value("", item, place);
                }
                self.out.push(']');
            }
            Value::String(text) => self.string(text),
            _ => self.out.push_str(&value.to_string()),
        }
        self.blank();
    }

    fn object(&mut self, key: &str, fields: &Map<String, Value>, place: Place) {
        let mut fields: Vec<(&str, &Value)> = fields
            .iter()
            .map(|(key, value)| (key.as_str(), value))
            .collect();
        let added;
        if place == Place::Object && !MAPS.contains(&key) {
            added = self.added_field();
            fields.extend(added.iter().map(|(key, value)| (*key, value)));
            self.add_null(&mut fields);
        }
        // Fisher and Yates; no choice left means the order as it was.
        for last in (1..fields.len()).rev() {
            let other = last - self.choices.below(last + 1);
            fields.swap(last, other);
        }
        self.out.push('{');
        for (index, (key, value)) in fields.into_iter().enumerate() {
            self.separate(index);
            self.blank();
            self.string(key);
            self.out.push(':');
            let inner = match key {
                "object" | "oldObject" | "old_object" if place == Place::Envelope => Place::Object,
                "settings" if place == Place::Envelope => Place::Closed,
                // Or unknown fields would nest deeper than may be read.
                "x-unknown" => Place::Closed,
                _ => place,
            };
            self.value(key, value, inner);
        }
        self.out.push('}');
    }

    /// Now and then a field that the API does not know.
    fn added_field(&mut self) -> Option<(&'static str, Value)> {
        if !self.choices.once_in(3) {
            return None;
        }
        Some(match self.choices.below(4) {
            0 => ("hostprocess", Value::Bool(true)),
            1 => ("HostProcess", Value::from("true")),
            2 => (
                "x-unknown",
                json!({"a": [1, 1.5e3, null], "hostProcess": {"b": "c"}}),
            ),
            _ => ("", json!([[]])),
        })
    }

    /// Now and then a null for a field that is absent.
    fn add_null(&mut self, fields: &mut Vec<(&str, &Value)>) {
        if self.choices.once_in(3) {
            let absent = *self.choices.pick(&NULLABLE);
            if fields.iter().all(|(key, _)| *key != absent) {
                fields.push((absent, &Value::Null));
            }
        }
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.out.push(',');
        }
    }

    fn blank(&mut self) {
        if self.choices.once_in(16) {
            let blank = self.choices.pick(&[" ", "\n", "\t", "\r\n  "]);
            self.out.push_str(blank);
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        let escapes = self.choices.once_in(6);
        for c in text.chars() {
            let plain = !matches!(c, '"' | '\\' | '\0'..='\x1f');
            if plain && !(escapes && self.choices.once_in(2)) {
                self.out.push(c);
                continue;
            }
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(self.out, "\\u{unit:04X}");
            }
        }
        self.out.push('"');
    }
}

/// `value` with something wrong in one place: another type, a lookalike, nothing.
pub fn corrupt(choices: &mut Choices<'_>, value: &mut Value) {
    let wrong = [
        json!(null),
        json!("true"),
        json!(true),
        json!(1),
        json!([]),
        json!({}),
        json!([true]),
        json!([null]),
        json!({"hostProcess": true}),
        json!({"windowsOptions": {"hostProcess": true}}),
        json!(1e300),
        json!(""),
    ];
    let descend = !choices.once_in(5);
    match value {
        Value::Array(items) if descend && !items.is_empty() => {
            let index = choices.below(items.len());
            corrupt(choices, &mut items[index]);
        }
        Value::Object(fields) if descend && !fields.is_empty() => {
            let index = choices.below(fields.len());
            let key = fields.keys().nth(index).cloned().unwrap_or_default();
            if choices.once_in(6) {
                fields.remove(&key);
            } else if let Some(field) = fields.get_mut(&key) {
                corrupt(choices, field);
            }
        }
        _ => *value = choices.pick(&wrong).clone(),
    }
}
