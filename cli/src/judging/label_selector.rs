//! The label selectors of a policy: `namespaceSelector` and `objectSelector`.
//!
//! Only a cluster knows the labels of a namespace. A selector matches labels that are not known, so
//! that what it selects is judged rather than passed over.

use serde_json::Value;
use windows_hostprocess_policy::format_step;

use super::malformed_field::MalformedField;

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

/// The operators of `matchExpressions`.
const OPERATORS: [&str; 4] = ["In", "NotIn", "Exists", "DoesNotExist"];

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

    /// Returns whether the selector demands nothing, so it matches everything.
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
    /// Reads an item of `matchExpressions`; `None` if its operator is not one of [`OPERATORS`].
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

/// Returns what Kubernetes does not accept in `selector`, whose path is `path`. A selector that is
/// absent is accepted.
pub fn find_malformed(path: &str, selector: &Value) -> Vec<MalformedField> {
    match selector {
        Value::Null => Vec::new(),
        Value::Object(_) => {
            let labels = &selector["matchLabels"];
            let expressions = &selector["matchExpressions"];
            let mut found = find_malformed_labels(&format!("{path}.matchLabels"), labels);
            found.extend(find_malformed_expressions(
                &format!("{path}.matchExpressions"),
                expressions,
            ));
            found
        }
        _ => vec![MalformedField::new(
            path,
            "must be an object: write matchLabels or matchExpressions in it",
        )],
    }
}

fn find_malformed_labels(path: &str, labels: &Value) -> Vec<MalformedField> {
    let mut found = Vec::new();
    match labels {
        Value::Null => {}
        Value::Object(labels) => {
            for (label, value) in labels {
                if let Some(problem) = problem_with_value(value) {
                    let path = format!("{path}{}", format_step(label));
                    found.push(MalformedField::new(path, problem));
                }
            }
        }
        _ => found.push(MalformedField::new(
            path,
            "must be an object: write {app: agent}",
        )),
    }
    found
}

fn find_malformed_expressions(path: &str, expressions: &Value) -> Vec<MalformedField> {
    let mut found = Vec::new();
    match expressions {
        Value::Null => {}
        Value::Array(expressions) => {
            for (index, expression) in expressions.iter().enumerate() {
                let path = format!("{path}[{index}]");
                found.extend(find_malformed_in_expression(&path, expression));
            }
        }
        _ => found.push(MalformedField::new(
            path,
            "must be a list: write [{key: app, operator: Exists}]",
        )),
    }
    found
}

/// Returns what Kubernetes does not accept in an item of `matchExpressions`.
fn find_malformed_in_expression(path: &str, expression: &Value) -> Vec<MalformedField> {
    if !expression.is_object() {
        let problem = "must be an object: write {key: app, operator: Exists}";
        return vec![MalformedField::new(path, problem)];
    }

    let mut found = Vec::new();
    if let Some(problem) = problem_with_key(&expression["key"]) {
        found.push(MalformedField::new(format!("{path}.key"), problem));
    }
    let operator = &expression["operator"];
    match operator.as_str() {
        Some(operator @ ("In" | "NotIn")) => {
            let path = format!("{path}.values");
            found.extend(find_malformed_values(
                &path,
                operator,
                &expression["values"],
            ));
        }
        Some(operator @ ("Exists" | "DoesNotExist")) => {
            let values = &expression["values"];
            let has_values = !values.is_null() && values.as_array().is_none_or(|v| !v.is_empty());
            if has_values {
                let problem = format!(
                    "{operator} takes no values: delete the values, or write the operator In or NotIn"
                );
                found.push(MalformedField::new(format!("{path}.values"), problem));
            }
        }
        _ => found.push(MalformedField::new(
            format!("{path}.operator"),
            problem_with_operator(operator),
        )),
    }
    found
}

/// Returns what Kubernetes does not accept in the `values` of the operators `In` and `NotIn`.
fn find_malformed_values(path: &str, operator: &str, values: &Value) -> Vec<MalformedField> {
    let Some(values) = values.as_array().filter(|values| !values.is_empty()) else {
        let problem = match values {
            Value::Null => "is missing",
            Value::Array(_) => "is empty",
            _ => "must be a list",
        };
        let instead = format!("write the values of the label that {operator} compares with");
        return vec![MalformedField::new(path, format!("{problem}: {instead}"))];
    };

    let mut found = Vec::new();
    for (index, value) in values.iter().enumerate() {
        if let Some(problem) = problem_with_value(value) {
            found.push(MalformedField::new(format!("{path}[{index}]"), problem));
        }
    }
    found
}

fn problem_with_key(key: &Value) -> Option<String> {
    const INSTEAD: &str = "write the name of a label, such as kubernetes.io/metadata.name";

    match key {
        Value::Null => Some(format!("is missing: {INSTEAD}")),
        Value::String(key) if !key.is_empty() => None,
        _ => Some(format!("is not a label: {INSTEAD}")),
    }
}

fn problem_with_operator(operator: &Value) -> String {
    let instead = format!("write one of {}", OPERATORS.join(", "));
    match operator {
        Value::Null => format!("is missing: {instead}"),
        _ => format!("{operator} is not an operator: {instead}"),
    }
}

/// Returns the problem with the value of a label. YAML reads `1` and `true` as no strings.
fn problem_with_value(value: &Value) -> Option<String> {
    match value {
        Value::String(_) => None,
        Value::Number(_) | Value::Bool(_) => {
            Some(format!("must be a string: write \"{value}\" in quotes"))
        }
        _ => Some(String::from("must be a string")),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    /// A selector with this item of `matchExpressions` alone.
    fn expression(expression: Value) -> Value {
        json!({"matchExpressions": [expression]})
    }

    #[rstest]
    #[case::no_object(json!("app=agent"), "s: must be an object: write matchLabels or matchExpressions in it")]
    #[case::labels_in_a_list(
        json!({"matchLabels": ["app"]}),
        "s.matchLabels: must be an object: write {app: agent}"
    )]
    #[case::label_with_a_number(
        json!({"matchLabels": {"example.com/a": 1}}),
        "s.matchLabels[example.com/a]: must be a string: write \"1\" in quotes"
    )]
    #[case::label_with_a_list(json!({"matchLabels": {"a": ["b"]}}), "s.matchLabels.a: must be a string")]
    #[case::expressions_in_an_object(
        json!({"matchExpressions": {"key": "a", "operator": "Exists"}}),
        "s.matchExpressions: must be a list: write [{key: app, operator: Exists}]"
    )]
    #[case::expression_that_is_no_object(
        expression(json!("a")),
        "s.matchExpressions[0]: must be an object: write {key: app, operator: Exists}"
    )]
    #[case::no_key(
        expression(json!({"operator": "Exists"})),
        "s.matchExpressions[0].key: is missing: write the name of a label, such as kubernetes.io/metadata.name"
    )]
    #[case::empty_key(
        expression(json!({"key": "", "operator": "Exists"})),
        "s.matchExpressions[0].key: is not a label: write the name of a label, such as kubernetes.io/metadata.name"
    )]
    #[case::no_operator(
        expression(json!({"key": "a"})),
        "s.matchExpressions[0].operator: is missing: write one of In, NotIn, Exists, DoesNotExist"
    )]
    #[case::operator_in_small_letters(
        expression(json!({"key": "a", "operator": "notin", "values": ["b"]})),
        "s.matchExpressions[0].operator: \"notin\" is not an operator: write one of In, NotIn, Exists, DoesNotExist"
    )]
    #[case::in_without_values(
        expression(json!({"key": "a", "operator": "In"})),
        "s.matchExpressions[0].values: is missing: write the values of the label that In compares with"
    )]
    #[case::not_in_with_no_values(
        expression(json!({"key": "a", "operator": "NotIn", "values": []})),
        "s.matchExpressions[0].values: is empty: write the values of the label that NotIn compares with"
    )]
    #[case::in_with_a_string(
        expression(json!({"key": "a", "operator": "In", "values": "b"})),
        "s.matchExpressions[0].values: must be a list: write the values of the label that In compares with"
    )]
    #[case::in_with_a_boolean(
        expression(json!({"key": "a", "operator": "In", "values": ["b", true]})),
        "s.matchExpressions[0].values[1]: must be a string: write \"true\" in quotes"
    )]
    #[case::exists_with_values(
        expression(json!({"key": "a", "operator": "Exists", "values": ["b"]})),
        "s.matchExpressions[0].values: Exists takes no values: delete the values, or write the operator In or NotIn"
    )]
    fn malformed_selectors(#[case] selector: Value, #[case] expected: &str) {
        let found = find_malformed("s", &selector);
        let [MalformedField { path, problem }] = &found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(format!("{path}: {problem}"), expected);
    }

    #[rstest]
    #[case::absent(json!(null))]
    #[case::empty(json!({}))]
    #[case::a_label(json!({"matchLabels": {"a": ""}}))]
    #[case::values(expression(json!({"key": "a", "operator": "In", "values": ["b"]})))]
    #[case::an_empty_list_for_exists(expression(json!({"key": "a", "operator": "Exists", "values": []})))]
    fn selectors_that_kubernetes_accepts(#[case] selector: Value) {
        assert_eq!(find_malformed("s", &selector), []);
    }
}
