//! What the tests of the requirements share.

use serde_json::Value;

use crate::finding::Finding;
use crate::pod::{Annotations, Pod};

/// The pod of `spec`.
pub fn pod(spec: &Value) -> Pod<'_> {
    annotated(&Value::Null, spec)
}

/// The pod of `spec` with the annotations of `metadata`.
pub fn annotated<'a>(metadata: &'a Value, spec: &'a Value) -> Pod<'a> {
    let annotations = Annotations::of(metadata, || String::from("metadata"));
    Pod::read(spec, String::from("spec"), annotations).expect("a pod spec")
}

/// Where something is wrong.
pub fn places(finding: Option<Finding>) -> Vec<String> {
    finding.map(|finding| finding.places).unwrap_or_default()
}

/// `REQUIREMENT: PLACE, PLACE: PROBLEM`; empty where there is none.
pub fn said(finding: Option<Finding>) -> String {
    finding.map_or_else(String::new, |finding| {
        let places = finding.places.join(", ");
        format!("{}: {places}: {}", finding.requirement, finding.problem)
    })
}
