//! Fields of a policy that Kubernetes does not accept.

/// A field of a policy that Kubernetes does not accept: a part of a webhook rule or of a selector.
#[derive(Clone, Debug, PartialEq)]
pub struct MalformedField {
    /// The path of the field: `spec.rules[0].resources`.
    pub path: String,
    /// What is wrong, and what to write.
    pub problem: String,
}

impl MalformedField {
    /// The problem of the field at `path`.
    pub fn new(path: impl Into<String>, problem: impl Into<String>) -> Self {
        MalformedField {
            path: path.into(),
            problem: problem.into(),
        }
    }
}
