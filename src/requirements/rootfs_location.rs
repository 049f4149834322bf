//! `rootfsLocation`: the container's root stays where the runtime puts it.
//!
//! Reads the annotation `microsoft.com/hostprocess-rootfs-location` of the pod.
//! Allows: none.
//! Demanded by: the source document (D7: there is no filesystem isolation, so
//! nothing but the runtime may choose the host path that becomes the root).

use super::{Case, Requirement};
use crate::findings::Findings;
use crate::settings::Mode;
use crate::text;

pub(super) const REQUIREMENT: Requirement = Requirement {
    name: "rootfsLocation",
    default: Mode::Deny,
    needs_nodes: false,
    judges_strays: true,
    description: "The pod has no annotation microsoft.com/hostprocess-rootfs-location.",
    short: "an annotation moves the container's root",
    check,
};

fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    if let Some(location) = case.pod.annotations.rootfs_location
        && let Some(detail) = findings.at(location, "")
    {
        text::put(detail, "Forbidden: ");
        text::push_quoted(detail, location.as_text().unwrap_or_default());
        text::put(
            detail,
            " would put the container's root at any path of the host: remove the annotation",
        );
        // Several flags outside of pod specs may stand below one annotation.
        findings.say_once();
    }
}

#[cfg(test)]
mod tests {
    use super::REQUIREMENT;
    use crate::requirements::tests::Question;
    use alloc::format;
    use rstest::rstest;

    const ANNOTATION: &str = "metadata.annotations[microsoft.com/hostprocess-rootfs-location]";

    #[rstest]
    #[case::absent(r#"{"other":"x"}"#, None)]
    #[case::null(r#"{"microsoft.com/hostprocess-rootfs-location":null}"#, None)]
    #[case::path(
        r#"{"microsoft.com/hostprocess-rootfs-location":"C:\\x"}"#,
        Some(r#""C:\\x""#)
    )]
    #[case::empty(r#"{"microsoft.com/hostprocess-rootfs-location":""}"#, Some(r#""""#))]
    fn locations(#[case] annotations: &str, #[case] shown: Option<&str>) {
        let object = format!(r#"{{"metadata":{{"annotations":{annotations}}},"spec":{{}}}}"#);
        let finding = shown.map(|shown| {
            format!(
                "{ANNOTATION}: Forbidden: {shown} would put the container's root at any path of \
                 the host: remove the annotation"
            )
        });
        Question::pod(&REQUIREMENT, object).assert_says(
            finding.as_deref().as_slice(),
            "rootfsLocation: an annotation moves the container's root \
             (...ata.annotations[microsoft.com/hostprocess-rootfs-location])",
        );
    }
}
