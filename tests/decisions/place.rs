//! Sets and removes values by paths as the table writes them:
//! `spec.containers[0].image`, `metadata.annotations["example.com/key"]`.

use serde_json::Value;

enum Step {
    Key(String),
    Index(usize),
}

/// Puts `value` at `path`. What is absent or null on the way becomes an object or a list; an
/// index one past a list's end appends.
///
/// # Panics
/// On a path that leads through another kind of value or leaves a gap in a list.
pub fn set(target: &mut Value, path: &str, value: Value) {
    let mut at = target;
    for step in steps(path) {
        at = match step {
            Step::Key(key) => &mut at[&*key],
            Step::Index(index) => {
                if at.is_null() {
                    *at = Value::Array(Vec::new());
                }
                let list = at.as_array_mut().unwrap_or_else(|| panic!("{path}: no list"));
                if index == list.len() {
                    list.push(Value::Null);
                }
                &mut list[index]
            }
        };
    }
    *at = value;
}

/// Takes the key at the end of `path` away.
///
/// # Panics
/// Where there is nothing: a case that removes nothing says something else than it tests.
pub fn unset(target: &mut Value, path: &str) {
    let mut steps = steps(path);
    let Some(Step::Key(last)) = steps.pop() else { panic!("{path}: does not end in a key") };
    let mut at = target;
    for step in steps {
        at = match step {
            Step::Key(key) => &mut at[&*key],
            Step::Index(index) => &mut at[index],
        };
    }
    at.as_object_mut()
        .and_then(|object| object.remove(&last))
        .unwrap_or_else(|| panic!("{path}: nothing to take away"));
}

fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let broken = || panic!("{path}: a bracket without its end");
        if let Some(quoted) = rest.strip_prefix("[\"") {
            let (key, after) = quoted.split_once("\"]").unwrap_or_else(broken);
            steps.push(Step::Key(key.to_owned()));
            rest = after;
        } else if let Some(bracket) = rest.strip_prefix('[') {
            let (index, after) = bracket.split_once(']').unwrap_or_else(broken);
            steps.push(Step::Index(index.parse().expect("an index")));
            rest = after;
        } else {
            let key = rest.strip_prefix('.').unwrap_or(rest);
            let end = key.find(['.', '[']).unwrap_or(key.len());
            steps.push(Step::Key(key[..end].to_owned()));
            rest = &key[end..];
        }
    }
    steps
}
