//! `runAsUserName`: every container has an account that Windows can know.
//!
//! Reads `securityContext.windowsOptions.runAsUserName` of the pod and of every
//! container, and the annotation `microsoft.com/hostprocess-inherit-user`.
//! Allows: an effective account for every container (its own, the pod's, or
//! SYSTEM where the annotation makes it so), and only names of the form that
//! the API server accepts wherever one is written.
//! Demanded by: the source document (D9), Kubernetes' page on HostProcess pods,
//! and for the form the API server.

use alloc::string::String;

use super::{Case, Requirement};
use crate::account;
use crate::findings::Findings;
use crate::settings::Mode;
use crate::text;

pub(super) const REQUIREMENT: Requirement = Requirement {
    name: "runAsUserName",
    default: Mode::Deny,
    needs_nodes: false,
    judges_strays: false,
    description: "Every container has an account, its own or the pod's, of a form that the API \
        server accepts.",
    short: "no valid runAsUserName",
    check,
};

const FIELD: &str = "securityContext.windowsOptions.runAsUserName";

fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let pod = case.pod;
    if let Some((account, problem)) = malformed(pod.security.account)
        && let Some(detail) = findings.at(pod.spec.0, FIELD)
    {
        invalid(account, problem, detail);
    }
    for container in &pod.containers {
        if let Some((account, problem)) = malformed(container.security.account) {
            if let Some(detail) = findings.at(container.at.0, FIELD) {
                invalid(account, problem, detail);
            }
        } else if pod.account(container).is_none()
            && let Some(detail) = findings.at(container.at.0, FIELD)
        {
            text::put(detail, "Required value: ");
            container.write_name(detail);
            text::put(
                detail,
                " has no account: a HostProcess container names the one it runs as, itself or \
                 its pod, such as NT AUTHORITY\\SYSTEM",
            );
        }
    }
}

/// The account and what is wrong with its form, if something is.
fn malformed(account: Option<&str>) -> Option<(&str, &'static str)> {
    let account = account?;
    Some((account, account::problem(account)?))
}

fn invalid(account: &str, problem: &str, detail: &mut String) {
    text::put(detail, "Invalid value: ");
    text::push_quoted(detail, account);
    text::put(detail, ": ");
    text::put(detail, problem);
}

#[cfg(test)]
mod tests {
    use super::REQUIREMENT;
    use crate::requirements::tests::Question;
    use alloc::format;
    use rstest::rstest;

    const NO_ACCOUNT: &str = "has no account: a HostProcess container names the one it runs as, \
        itself or its pod, such as NT AUTHORITY\\SYSTEM";
    const EMPTY: &str = r#"securityContext.windowsOptions.runAsUserName: Invalid value: "": an account may not be empty"#;
    const POD_WARNING: &str =
        "runAsUserName: no valid runAsUserName (spec.securityContext.windowsOptions.runAsUserName)";
    const WARNING: &str = "runAsUserName: no valid runAsUserName \
        (spec.containers[0].securityContext.windowsOptions.runAsUserName)";

    /// The accounts of the pod and of its container are JSON values.
    #[rstest]
    #[case::own("null", r#""NT AUTHORITY\\SYSTEM""#, "", "")]
    #[case::of_the_pod(r#""Administrators""#, "null", "", "")]
    #[case::none("null", "null", &format!(
        "spec.containers[0].securityContext.windowsOptions.runAsUserName: Required value: \
         container \"a\" {NO_ACCOUNT}"), WARNING)]
    #[case::empty("null", r#""""#, &format!("spec.containers[0].{EMPTY}"), WARNING)]
    #[case::empty_of_the_pod(r#""""#, r#""SYSTEM""#, &format!("spec.{EMPTY}"), POD_WARNING)]
    #[case::two_backslashes(
        "null",
        r#""NT AUTHORITY\\\\SYSTEM""#,
        r#"spec.containers[0].securityContext.windowsOptions.runAsUserName: Invalid value: "NT AUTHORITY\\\\SYSTEM": an account has at most one backslash"#,
        WARNING
    )]
    fn accounts(
        #[case] pod: &str,
        #[case] own: &str,
        #[case] expected: &str,
        #[case] warning: &str,
    ) {
        let context =
            |name| format!(r#""securityContext":{{"windowsOptions":{{"runAsUserName":{name}}}}}"#);
        let spec = format!(
            r#"{{{},"containers":[{{"name":"a",{}}}]}}"#,
            context(pod),
            context(own)
        );
        let expected = &[expected][..usize::from(!expected.is_empty())];
        Question::spec(&REQUIREMENT, &spec).assert_says(expected, warning);
    }

    #[test]
    fn each_container_is_told_of() {
        let question = Question::spec(
            &REQUIREMENT,
            r#"{"containers":[{"name":"a"}],"initContainers":[{"name":"b"}],
                "ephemeralContainers":[{"name":"c"}]}"#,
        );
        let field = "securityContext.windowsOptions.runAsUserName: Required value: ";
        question.assert_says(
            &[
                &format!("spec.initContainers[0].{field}init container \"b\" {NO_ACCOUNT}"),
                &format!("spec.containers[0].{field}container \"a\" {NO_ACCOUNT}"),
                &format!(
                    "spec.ephemeralContainers[0].{field}ephemeral container \"c\" {NO_ACCOUNT}"
                ),
            ],
            "runAsUserName: no valid runAsUserName \
             (spec.initContainers[0].securityContext.windowsOptions.runAsUserName and 2 more)",
        );
    }

    /// The API server checks the form of names that the annotation overrides.
    #[rstest]
    #[case::inherited("true", "null", &[])]
    #[case::in_any_case("True", "null", &[])]
    #[case::malformed("true", r#""""#, &[&*format!("spec.containers[0].{EMPTY}")])]
    #[case::not_inherited("1", "null", &[&*format!(
        "spec.containers[0].securityContext.windowsOptions.runAsUserName: Required value: \
         container \"a\" {NO_ACCOUNT}")])]
    fn the_annotation_names_an_account(
        #[case] value: &str,
        #[case] own: &str,
        #[case] expected: &[&str],
    ) {
        let object = format!(
            r#"{{"metadata":{{"annotations":{{"microsoft.com/hostprocess-inherit-user":"{value}"}}}},
                "spec":{{"containers":[{{"name":"a",
                "securityContext":{{"windowsOptions":{{"runAsUserName":{own}}}}}}}]}}}}"#
        );
        Question::pod(&REQUIREMENT, object).assert_says(expected, WARNING);
    }
}
