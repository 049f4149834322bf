//! What is said of a series of measurements.

use std::time::Duration;

/// Durations of the same thing, measured again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Samples(Vec<Duration>);

impl Samples {
    /// Takes at least one duration, in any order.
    ///
    /// # Panics
    /// When there is none.
    pub fn new(mut durations: Vec<Duration>) -> Self {
        assert!(!durations.is_empty(), "nothing was measured");
        durations.sort_unstable();
        Self(durations)
    }

    /// The duration that as many measurements lie below as above.
    pub fn median(&self) -> Duration {
        let upper = self.0.len() / 2;
        let lower = (self.0.len() - 1) / 2;
        (self.0[lower] + self.0[upper]) / 2
    }

    /// The quartiles' distance from each other, as a part of the median: half of
    /// all measurements lie that close together.
    pub fn spread(&self) -> f64 {
        let quartile = |n: usize| self.0[(self.0.len() - 1) * n / 4].as_secs_f64();
        (quartile(3) - quartile(1)) / self.median().as_secs_f64()
    }

    /// How many times as long as `other` it took, by the medians.
    pub fn ratio(&self, other: &Self) -> f64 {
        self.median().as_secs_f64() / other.median().as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn samples(micros: &[u64]) -> Samples {
        Samples::new(micros.iter().copied().map(Duration::from_micros).collect())
    }

    #[rstest]
    #[case::one(&[7], 7)]
    #[case::odd(&[9, 1, 5], 5)]
    #[case::even_takes_the_middle(&[8, 2, 4, 100], 6)]
    fn median(#[case] micros: &[u64], #[case] expected: u64) {
        assert_eq!(samples(micros).median(), Duration::from_micros(expected));
    }

    #[rstest]
    #[case::one(&[7], 0.0)]
    #[case::outliers_do_not_count(&[1, 90, 100, 110, 9000], 0.2)]
    fn spread(#[case] micros: &[u64], #[case] expected: f64) {
        assert!((samples(micros).spread() - expected).abs() < 1e-9);
    }

    #[test]
    fn ratio_is_that_of_the_medians() {
        let ratio = samples(&[1, 10, 11]).ratio(&samples(&[3, 4, 90]));
        assert!((ratio - 2.5).abs() < 1e-9, "{ratio}");
    }

    #[test]
    #[should_panic(expected = "nothing was measured")]
    fn nothing_measured() {
        Samples::new(Vec::new());
    }
}
