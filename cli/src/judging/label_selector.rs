//! The label selectors of a policy: `namespaceSelector` and `objectSelector`.
//!
//! Only a cluster knows the labels of a namespace. A selector matches labels that are not known, so
//! that what it selects is judged rather than passed over.

use serde_json::Value;

/// A label selector. It matches labels that meet all its requirements.
#[derive(Debug)]
pub struct LabelSelector(Vec<LabelRequirement>);

#[derive(Debug)]
struct LabelRequirement {
    key: String,
    operator: Operator,
}

#[derive(Debug)]
enum Operator {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    DoesNotExist,
}

/// The labels that a selector is compared with.
pub enum Labels<'a> {
    /// All of them: an object of strings, or null.
    Known(&'a Value),
    /// Those of the namespace of this name, of which only `kubernetes.io/metadata.name` is known.
    OfNamespace(&'a str),
}

/// What is known of one label.
enum Label<'a> {
    Value(&'a str),
    Absent,
    Unknown,
}

impl Labels<'_> {
    fn get(&self, key: &str) -> Label<'_> {
        match self {
            Labels::Known(labels) => match labels.get(key) {
                Some(value) => Label::Value(value.as_str().unwrap_or_default()),
                None => Label::Absent,
            },
            Labels::OfNamespace(name) if key == "kubernetes.io/metadata.name" => Label::Value(name),
            Labels::OfNamespace(_) => Label::Unknown,
        }
    }
}

impl LabelSelector {
    /// Reads a selector of a policy's `spec`. One that is absent demands nothing.
    pub fn read(selector: &Value) -> Self {
        let mut requirements = Vec::new();
        for (key, value) in selector["matchLabels"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap_or_default();
            requirements.push(LabelRequirement {
                key: key.clone(),
                operator: Operator::In(vec![value.to_owned()]),
            });
        }
        let expressions = selector["matchExpressions"].as_array();
        for expression in expressions.into_iter().flatten() {
            requirements.extend(LabelRequirement::read(expression));
        }
        LabelSelector(requirements)
    }

    /// Returns whether the selector demands nothing, so that it matches everything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether `labels` match, as far as they are known.
    pub fn may_match(&self, labels: &Labels<'_>) -> bool {
        self.0
            .iter()
            .all(|requirement| requirement.may_be_met(labels.get(&requirement.key)))
    }
}

impl LabelRequirement {
    /// Reads an item of `matchExpressions`; `None` if its operator is not one of Kubernetes.
    fn read(expression: &Value) -> Option<Self> {
        let values = || strings(&expression["values"]);
        let operator = match expression["operator"].as_str()? {
            "In" => Operator::In(values()),
            "NotIn" => Operator::NotIn(values()),
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            _ => return None,
        };
        Some(LabelRequirement {
            key: expression["key"].as_str()?.to_owned(),
            operator,
        })
    }

    /// Returns whether `label` meets the requirement. An unknown label may.
    fn may_be_met(&self, label: Label<'_>) -> bool {
        match (label, &self.operator) {
            (Label::Unknown, _) => true,
            (Label::Value(value), Operator::In(values)) => {
                values.iter().any(|listed| listed == value)
            }
            (Label::Value(value), Operator::NotIn(values)) => {
                !values.iter().any(|listed| listed == value)
            }
            (Label::Value(_), Operator::Exists) => true,
            (Label::Value(_), Operator::DoesNotExist) => false,
            (Label::Absent, Operator::In(_) | Operator::Exists) => false,
            (Label::Absent, Operator::NotIn(_) | Operator::DoesNotExist) => true,
        }
    }
}

/// Returns the strings in a list.
pub fn strings(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}
