//! Versions of Kubernetes and containerd: in settings, and as nodes report them in
//! `status.nodeInfo` (`kubeletVersion` and `containerRuntimeVersion`).
//!
//! The crate semver does not read them: builds of containerd are called `1.6.20~ds1`, and settings
//! may leave out the patch.

/// A version that can be compared with others. What follows the patch (`-gke.100`, `+unknown`) does
/// not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

impl Version {
    /// Reads `1.23`, `v1.23.5`, `v1.23.5-gke.100` or `1.7.2+unknown`. `None` if what
    /// stands before the build is not two or three numbers.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let before_build = text.split(['-', '+', '~', ' ']).next()?;

        let mut numbers = before_build.split('.');
        let major = numbers.next()?.parse().ok()?;
        let minor = numbers.next()?.parse().ok()?;
        let patch = match numbers.next() {
            Some(patch) => patch.parse().ok()?,
            None => 0,
        };
        if numbers.next().is_some() {
            return None;
        }

        Some(Version {
            major,
            minor,
            patch,
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("1.23", Some([1, 23, 0]))]
    #[case("v1.23.5", Some([1, 23, 5]))]
    #[case("v1.23.5-gke.100", Some([1, 23, 5]))]
    #[case("1.7.2+unknown", Some([1, 7, 2]))]
    #[case("1.6.0-rc.1", Some([1, 6, 0]))]
    #[case("1.24.6+k3s1", Some([1, 24, 6]))]
    #[case("1.6.20~ds1 x", Some([1, 6, 20]))]
    #[case("1", None)]
    #[case("", None)]
    #[case("1.x", None)]
    #[case("1.2.3.4", None)]
    #[case("1.", None)]
    #[case("latest", None)]
    #[case("1.99999999999", None)]
    fn versions(#[case] text: &str, #[case] expected: Option<[u32; 3]>) {
        let expected = expected.map(|[major, minor, patch]| Version {
            major,
            minor,
            patch,
        });
        assert_eq!(Version::parse(text), expected);
    }

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        let versions = ["1.9", "1.23", "v1.23.1", "2.0"].map(Version::parse);
        assert!(versions.is_sorted_by(|a, b| a < b));
    }
}
