//! Sets and removes values by paths as the table writes them: `spec.containers[0].image`.

use serde_json::Value;

/// What stands at `path`; null, where it was absent. An index one past a list's end appends.
///
/// # Panics
/// On a path that leads through another kind of value or leaves a gap in a list.
fn at<'v>(mut at: &'v mut Value, path: &str) -> &'v mut Value {
    for step in path.replace('[', ".").replace(']', "").split('.') {
        at = match step.parse::<usize>() {
            Err(_) => &mut at[step],
            Ok(index) => {
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
    at
}

/// Puts `value` at `path`. What is absent or null on the way becomes an object or a list.
pub fn set(target: &mut Value, path: &str, value: Value) {
    *at(target, path) = value;
}

/// Takes the field at the end of `path` away.
///
/// # Panics
/// Where there is nothing: a case that removes nothing says something else than it tests.
pub fn unset(target: &mut Value, path: &str) {
    let (owner, key) = path.rsplit_once('.').unwrap_or_else(|| panic!("{path}: too short"));
    let fields = at(target, owner).as_object_mut();
    let removed = fields.and_then(|fields| fields.remove(key));
    assert!(removed.is_some(), "{path}: nothing to take away");
}
