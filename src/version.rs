//! Versions of Kubernetes and containerd, as nodes report them.

/// `major.minor.patch`; what follows (`-gke.100`, `+unknown`) decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(u32, u32, u32);

impl Version {
    /// Reads `1.23`, `v1.23.5`, `v1.23.5-gke.100`, `1.7.2+unknown`; none where
    /// it does not begin with a major and a minor number.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix('v').unwrap_or(text).bytes().peekable();
        let mut numbers = [0u32; 3];
        for (place, number) in numbers.iter_mut().enumerate() {
            if place > 0 && rest.next_if_eq(&b'.').is_none() {
                if place == 1 {
                    return None;
                }
                break;
            }
            let mut digits = 0;
            while let Some(digit) = rest.next_if(u8::is_ascii_digit) {
                digits += 1;
                *number = number
                    .checked_mul(10)?
                    .checked_add(u32::from(digit - b'0'))?;
            }
            if digits == 0 {
                return None;
            }
        }
        let ends = matches!(rest.next(), None | Some(b'-' | b'+' | b'~' | b' '));
        ends.then_some(Version(numbers[0], numbers[1], numbers[2]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("1.23", Some(Version(1, 23, 0)))]
    #[case("v1.23.5", Some(Version(1, 23, 5)))]
    #[case("v1.23.5-gke.100", Some(Version(1, 23, 5)))]
    #[case("1.7.2+unknown", Some(Version(1, 7, 2)))]
    #[case("1.6.0-rc.1", Some(Version(1, 6, 0)))]
    #[case("1.24.6+k3s1", Some(Version(1, 24, 6)))]
    #[case("1", None)]
    #[case("", None)]
    #[case("1.x", None)]
    #[case("latest", None)]
    #[case("1.99999999999", None)]
    fn versions(#[case] text: &str, #[case] expected: Option<Version>) {
        assert_eq!(Version::parse(text), expected);
    }

    #[test]
    fn order() {
        let version = |text| Version::parse(text);
        assert!(version("1.9") < version("1.23"));
        assert!(version("1.23") < version("v1.23.1"));
        assert!(version("1.23") <= version("v1.23.0"));
        assert!(version("2.0") > version("1.23"));
    }
}
