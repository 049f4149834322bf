//! Who asks for HostProcess, as a denial tells it.

use alloc::string::String;

use crate::account;
use crate::findings::Findings;
use crate::pod::Role;
use crate::rules::{Candidate, Part};
use crate::text;

const FLAG: &str = "securityContext.windowsOptions.hostProcess";
/// How many containers a pod-level finding names.
const MOST_NAMED: usize = 3;

impl Findings {
    /// Adds a finding for each place in the candidate that asks for HostProcess.
    pub(crate) fn say_who_asks(&mut self, candidate: &Candidate<'_, '_>) {
        let pod = candidate.pod;
        if let Some(annotation) = pod.annotations.host_process
            && let Some(detail) = self.at(annotation, "")
        {
            text::put(detail, "Forbidden: the annotation asks for HostProcess");
            write_containers(candidate, detail);
        }
        if pod.security.host_process == Some(true)
            && let Some(detail) = self.at(pod.spec.0, FLAG)
        {
            text::put(detail, "Forbidden: the pod asks for HostProcess");
            write_containers(candidate, detail);
        }
        for part in &candidate.parts {
            let container = part.container;
            if container.security.host_process != Some(true) {
                continue;
            }
            let field = match container.role {
                Role::Stray => "windowsOptions.hostProcess",
                _ => FLAG,
            };
            if let Some(detail) = self.at(container.at.0, field) {
                text::put(detail, "Forbidden: ");
                container.write_name(detail);
                text::put(detail, " asks for HostProcess");
                write_what_runs(part, detail);
            }
        }
    }
}

/// Appends which containers would be HostProcess containers by the pod's word.
fn write_containers(candidate: &Candidate<'_, '_>, out: &mut String) {
    let pod = candidate.pod;
    let mut inherit = candidate
        .parts
        .iter()
        .filter(|part| pod.is_host_process(part.container));
    let Some(first) = inherit.next() else {
        return;
    };
    text::put(out, " for ");
    first.container.write_name(out);
    write_what_runs(first, out);
    for part in inherit.by_ref().take(MOST_NAMED - 1) {
        text::put(out, ", ");
        part.container.write_name(out);
    }
    let more = inherit.count();
    if more > 0 {
        text::put(out, " and ");
        text::push_number(out, more);
        text::put(out, " more");
    }
}

/// Appends the image and the account.
fn write_what_runs(part: &Part<'_, '_>, out: &mut String) {
    text::put(out, " (");
    match part.container.image {
        Some(image) => {
            text::put(out, "image ");
            text::push_quoted(out, image);
        }
        None => text::put(out, "no image"),
    }
    text::put(out, ", ");
    account::write(part.account, out);
    out.push(')');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::with;
    use alloc::format;
    use rstest::rstest;

    const ASKS: &str = r#""securityContext":{"windowsOptions":{"hostProcess":true}}"#;
    const ACCOUNT: &str = r#""securityContext":{"windowsOptions":{"hostProcess":true,"runAsUserName":"NT AUTHORITY\\SYSTEM"}}"#;

    #[rstest]
    #[case::container(
        "{}",
        r#""containers":[{"name":"a","image":"nginx",ACCOUNT}]"#,
        r#"spec.containers[0].securityContext.windowsOptions.hostProcess: Forbidden: container "a" asks for HostProcess (image "nginx", account "NT AUTHORITY\\SYSTEM")"#
    )]
    #[case::containers(
        "{}",
        r#""containers":[{"name":"a"},{"name":"b",ASKS}],"initContainers":[{"name":"c",ASKS}]"#,
        r#"spec.initContainers[0].securityContext.windowsOptions.hostProcess: Forbidden: init container "c" asks for HostProcess (no image, no account); spec.containers[1].securityContext.windowsOptions.hostProcess: Forbidden: container "b" asks for HostProcess (no image, no account)"#
    )]
    #[case::pod(
        "{}",
        r#""containers":[{"name":"a","image":"x"}],ACCOUNT"#,
        r#"spec.securityContext.windowsOptions.hostProcess: Forbidden: the pod asks for HostProcess for container "a" (image "x", account "NT AUTHORITY\\SYSTEM")"#
    )]
    #[case::pod_of_four(
        "{}",
        r#""containers":[{"name":"a"},{"name":"b"},{"name":"c"},{"name":"d"},{"name":"e"}],ASKS"#,
        r#"spec.securityContext.windowsOptions.hostProcess: Forbidden: the pod asks for HostProcess for container "a" (no image, no account), container "b", container "c" and 2 more"#
    )]
    #[case::pod_none_of_whose_containers_inherits(
        "{}",
        r#""containers":[{"name":"a","securityContext":{"windowsOptions":{"hostProcess":false}}}],ASKS"#,
        "spec.securityContext.windowsOptions.hostProcess: Forbidden: the pod asks for HostProcess"
    )]
    #[case::annotation(
        r#"{"annotations":{"microsoft.com/hostprocess-container":"true"}}"#,
        r#""containers":[{"name":"a"}]"#,
        r#"metadata.annotations[microsoft.com/hostprocess-container]: Forbidden: the annotation asks for HostProcess for container "a" (no image, no account)"#
    )]
    #[case::nobody("{}", r#""containers":[{"name":"a"}]"#, "")]
    fn places(#[case] metadata: &str, #[case] spec: &str, #[case] expected: &str) {
        let spec = spec.replace("ASKS", ASKS).replace("ACCOUNT", ACCOUNT);
        let object = format!(r#"{{"metadata":{metadata},"spec":{{{spec}}}}}"#);
        assert_eq!(said(r#"{"kind":"Pod"}"#, &object), expected);
    }

    #[test]
    fn a_flag_outside_of_any_pod_spec() {
        assert_eq!(
            said(
                r#"{"group":"example.com","kind":"Agent"}"#,
                r#"{"spec":{"windowsOptions":{"hostProcess":true}}}"#
            ),
            "spec.windowsOptions.hostProcess: Forbidden: a container outside of any pod spec asks \
             for HostProcess (no image, no account)"
        );
    }

    fn said(kind: &str, object: &str) -> String {
        let request = format!(r#""kind":{kind},"object":{object}"#);
        with("[]", &request, |given| {
            let mut findings = Findings::default();
            for candidate in given.candidates {
                findings.say_who_asks(candidate);
            }
            crate::findings::message(&[findings]).replacen("HostProcess denied: ", "", 1)
        })
    }
}
