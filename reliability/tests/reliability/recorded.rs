//! Every request that lies in the project's test data.

use conformance::{data, table};
use serde_json::Value;

/// A request, and what it is called.
pub struct Recorded {
    pub name: String,
    pub request: Value,
}

/// The recorded requests, and those of the decision table that are JSON.
pub fn requests() -> Vec<Recorded> {
    let files = data::list(&data::path("requests"))
        .into_iter()
        .map(|path| Recorded {
            name: path.display().to_string(),
            request: serde_json::from_str(&data::text(&path)).expect("a recorded request is JSON"),
        });
    let cases = table::read().into_iter().filter_map(|case| {
        Some(Recorded {
            name: case.name,
            request: case.request?,
        })
    });
    let requests: Vec<_> = files.chain(cases).collect();
    assert!(requests.len() > 300, "{} requests", requests.len());
    requests
}
