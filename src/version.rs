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
        let version = Version(
            numbers.next()??,
            numbers.next()??,
            numbers.next().unwrap_or(Some(0))?,
        );
        numbers.next().is_none().then_some(version)
    }
}
