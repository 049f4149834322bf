//! `rootfsLocation`: the container's root stays where the runtime puts it.
//!
//! Reads the annotation `microsoft.com/hostprocess-rootfs-location`.
//! Allows: none, whatever it says.
//! Demanded by: the source document (D7: there is no filesystem isolation, so nothing but the
//! runtime may choose the host path that becomes the root).

use super::found;
use crate::finding::Finding;
use crate::pod::Pod;

/// What is wrong with the annotations of `pod`.
pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let annotation = pod.annotations.rootfs_location.as_ref();
    let problem = "must not be there";
    found::at("rootfsLocation", annotation.map(|annotation| &*annotation.path), problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::testing::{annotated, said};
    use rstest::rstest;
    use serde_json::{Value, json};

    const WRONG: &str = "rootfsLocation: \
        metadata.annotations[microsoft.com/hostprocess-rootfs-location]: must not be there";

    #[rstest]
    #[case::absent(json!({"other": "x"}), "")]
    #[case::null(json!({"microsoft.com/hostprocess-rootfs-location": null}), "")]
    #[case::path(json!({"microsoft.com/hostprocess-rootfs-location": r"C:\x"}), WRONG)]
    #[case::empty(json!({"microsoft.com/hostprocess-rootfs-location": ""}), WRONG)]
    fn locations(#[case] annotations: Value, #[case] expected: &str) {
        let metadata = json!({"annotations": annotations});
        assert_eq!(said(check(&annotated(&metadata, &json!({})))), expected);
    }
}
