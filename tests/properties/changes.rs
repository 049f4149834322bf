//! Changes of a request that a rule for this request alone must notice.

use serde_json::{Value, json};

use crate::requests::GeneratedRequest;

/// The fields of a container that hold the words of a command.
const COMMANDS: [&str; 4] = [
    "command",
    "args",
    "livenessProbe/exec/command",
    "lifecycle/preStop/exec/command",
];

/// A request that differs from another one in one field.
pub struct ChangedRequest {
    pub request: Value,
    /// The JSON pointer of the field.
    pub pointer: String,
}

impl ChangedRequest {
    fn new(original: &GeneratedRequest, pointer: &str, value: Value) -> Self {
        let mut request = original.request.clone();
        *field_at(&mut request, pointer) = value;
        ChangedRequest {
            request,
            pointer: pointer.to_owned(),
        }
    }
}

/// Returns the field at a JSON pointer. If it is absent, it is added as null, and so are the objects
/// above it.
fn field_at<'v>(value: &'v mut Value, pointer: &str) -> &'v mut Value {
    let mut field = value;
    for step in pointer.split('/').skip(1) {
        field = match step.parse::<usize>() {
            Ok(index) => &mut field[index],
            Err(_) => &mut field[step],
        };
    }
    field
}

/// Returns `original` with each of the changes: another namespace, another service account, and for
/// each container another image, another account, and commands with another word or one word more.
pub fn changed_requests(original: &GeneratedRequest) -> Vec<ChangedRequest> {
    let service_account = format!("{}/serviceAccountName", original.spec_pointer());
    let mut changed = vec![
        ChangedRequest::new(original, "/namespace", json!("evil")),
        ChangedRequest::new(original, &service_account, json!("evil")),
    ];
    for container in original.container_pointers() {
        let image = format!("{container}/image");
        changed.push(ChangedRequest::new(
            original,
            &image,
            json!("evil.example/a"),
        ));
        if !original.inherits_user() {
            let account = format!("{container}/securityContext/windowsOptions/runAsUserName");
            changed.push(ChangedRequest::new(
                original,
                &account,
                json!(r"CONTOSO\evil"),
            ));
        }
        for command in COMMANDS {
            changed.extend(with_other_words(
                original,
                &format!("{container}/{command}"),
            ));
        }
    }
    changed
}

/// Returns `original` with another word in each place of the command at `pointer`, and with one more
/// word at its end.
fn with_other_words(original: &GeneratedRequest, pointer: &str) -> Vec<ChangedRequest> {
    let command = original.request.pointer(pointer).and_then(Value::as_array);
    let command = command.cloned().unwrap_or_default();

    let mut changed = Vec::new();
    for (index, word) in command.iter().enumerate() {
        let mut other_command = command.clone();
        other_command[index] = other_word(word.as_str().expect("a word"));
        changed.push(ChangedRequest::new(original, pointer, json!(other_command)));
    }
    let mut longer_command = command;
    longer_command.push(json!("evil.exe"));
    changed.push(ChangedRequest::new(
        original,
        pointer,
        json!(longer_command),
    ));
    changed
}

/// Returns a word that `word` would match if its stars were wildcards. Without a star, returns any
/// other word.
fn other_word(word: &str) -> Value {
    if word.contains('*') {
        json!(word.replace('*', "evil"))
    } else {
        json!("evil.exe")
    }
}
