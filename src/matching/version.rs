//! Versions of Kubernetes and containerd, as nodes report them.

/// `major.minor.patch`; what follows (`-gke.100`, `+unknown`) decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u32, u32, u32);

impl Version {
    /// Reads `1.23`, `v1.23.5`, `v1.23.5-gke.100`, `1.7.2+unknown`; none where it does not
    /// begin with a major and a minor number.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let numbers = text.split(['-', '+', '~', ' ']).next()?;
        let mut numbers = numbers.split('.').map(|number| number.parse().ok());
        let parsed = Version(
            numbers.next()??,
            numbers.next()??,
            numbers.next().unwrap_or(Some(0))?,
        );
        numbers.next().is_none().then_some(parsed)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("1.23", Some(Version(1, 23, 0)))]
    #[case("v1.23.5", Some(Version(1, 23, 5)))]
    #[case("v1.23.5-gke.100", Some(Version(1, 23, 5)))]
    #[case("1.7.2+unknown", Some(Version(1, 7, 2)))]
    #[case("1.6.0-rc.1", Some(Version(1, 6, 0)))]
    #[case("1.24.6+k3s1", Some(Version(1, 24, 6)))]
    #[case("1.6.20~ds1 x", Some(Version(1, 6, 20)))]
    #[case("1", None)]
    #[case("", None)]
    #[case("1.x", None)]
    #[case("1.2.3.4", None)]
    #[case("1.", None)]
    #[case("latest", None)]
    #[case("1.99999999999", None)]
    fn versions(#[case] text: &str, #[case] expected: Option<Version>) {
        assert_eq!(Version::parse(text), expected);
    }

    #[test]
    fn order() {
        let versions = ["1.9", "1.23", "v1.23.1", "2.0"].map(Version::parse);
        assert!(versions.is_sorted_by(|a, b| a < b));
    }
}
