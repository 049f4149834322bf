//! What is wrong with a workload: where, and what would be right.

/// What one requirement finds wrong with a pod.
#[derive(Debug, PartialEq)]
pub struct Finding {
    /// The requirement's key in the settings: `hostNetwork`.
    pub requirement: &'static str,
    /// The places that it holds for: fields of the pod spec (`hostNetwork`), its containers
    /// by title (`containers[0] "agent"`), or annotations by their whole path. Never none.
    pub places: Vec<String>,
    /// What is wrong, and what would be right: `must be true`. Escaped and bounded.
    pub problem: String,
}

impl Finding {
    /// The finding of `requirement` at `places`; none where there is none of them.
    pub fn at(
        requirement: &'static str,
        places: impl IntoIterator<Item: Into<String>>,
        problem: impl Into<String>,
    ) -> Option<Self> {
        let places: Vec<_> = places.into_iter().map(Into::into).collect();
        let found = !places.is_empty();
        found.then(|| Finding { requirement, places, problem: problem.into() })
    }
}
