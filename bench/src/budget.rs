//! What the policy may cost at most.

use crate::units;

/// A measured value and its limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    measured: f64,
    limit: f64,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    Ratio,
    Bytes,
}

impl Budget {
    /// A ratio of two measured values, and the most it may be.
    pub fn ratio(measured: f64, limit: f64) -> Self {
        Self {
            measured,
            limit,
            unit: Unit::Ratio,
        }
    }

    /// A size in bytes, and the most it may be.
    pub fn bytes(measured: usize, limit: usize) -> Self {
        Self {
            measured: measured as f64,
            limit: limit as f64,
            unit: Unit::Bytes,
        }
    }

    /// Whether the value keeps within the limit.
    pub fn met(self) -> bool {
        self.measured <= self.limit
    }

    /// The value, as it is written in the table.
    pub fn measured(self) -> String {
        self.write(self.measured)
    }

    /// The limit, as it is written in the table.
    pub fn limit(self) -> String {
        format!("≤ {}", self.write(self.limit))
    }

    /// `met` or `missed`.
    pub fn verdict(self) -> &'static str {
        if self.met() { "met" } else { "**missed**" }
    }

    fn write(self, value: f64) -> String {
        match self.unit {
            Unit::Ratio => units::ratio(value),
            Unit::Bytes => units::bytes(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::below(Budget::ratio(0.1, 0.2), "1/10.0", "≤ 1/5.0", "met")]
    #[case::at_the_limit(
        Budget::bytes(100_000, 100_000),
        "100,000 bytes",
        "≤ 100,000 bytes",
        "met"
    )]
    #[case::above(Budget::ratio(1.61, 1.6), "1.61", "≤ 1.60", "**missed**")]
    #[case::nothing_at_all(Budget::bytes(0, 0), "0 bytes", "≤ 0 bytes", "met")]
    #[case::not_measurable(Budget::ratio(f64::NAN, 1.0), "NaN", "≤ 1.00", "**missed**")]
    fn verdicts(
        #[case] budget: Budget,
        #[case] measured: &str,
        #[case] limit: &str,
        #[case] verdict: &str,
    ) {
        let written = (budget.measured(), budget.limit(), budget.verdict());
        assert_eq!(written, (measured.into(), limit.into(), verdict));
    }
}
