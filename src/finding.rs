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
    pub fn at(requirement: &'static str, places: Vec<String>, problem: &str) -> Option<Self> {
        let found = !places.is_empty();
        found.then(|| Finding { requirement, places, problem: String::from(problem) })
    }

    /// The same at one `field`, where it is `wrong`.
    pub fn of(requirement: &'static str, wrong: bool, field: &str, problem: &str) -> Option<Self> {
        let places = if wrong { vec![String::from(field)] } else { Vec::new() };
        Finding::at(requirement, places, problem)
    }
}
