//! `hostNetwork`: a HostProcess pod shares the host's network.
//!
//! Reads `hostNetwork`.
//! Allows: true.
//! Demanded by: the source document (D5) and the API server.

use super::found;
use crate::finding::Finding;
use crate::pod::Pod;

/// What is wrong with the network of `pod`.
pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let wrong = pod.host_network != Some(true);
    found::at("hostNetwork", wrong.then_some("hostNetwork"), "must be true")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::testing::{pod, said};
    use rstest::rstest;
    use serde_json::{Value, json};

    const WRONG: &str = "hostNetwork: hostNetwork: must be true";

    #[rstest]
    #[case::shared(json!({"hostNetwork": true}), "")]
    #[case::absent(json!({}), WRONG)]
    #[case::null(json!({"hostNetwork": null}), WRONG)]
    #[case::not_shared(json!({"hostNetwork": false}), WRONG)]
    fn networks(#[case] spec: Value, #[case] expected: &str) {
        assert_eq!(said(check(&pod(&spec))), expected);
    }
}
