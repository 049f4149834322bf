//! How quantities are written.

use std::time::Duration;

use crate::stats::Samples;

/// A median with half the distance of the quartiles: `5.1 µs ± 4 %`.
pub fn samples(samples: &Samples) -> String {
    format!(
        "{} ± {:.0} %",
        duration(samples.median()),
        samples.spread() * 50.0
    )
}

/// Two or three digits of a duration: `930 ns`, `5.1 µs`, `12 ms`.
pub fn duration(duration: Duration) -> String {
    let nanos = duration.as_secs_f64() * 1e9;
    scaled(nanos, &[(1e9, "s"), (1e6, "ms"), (1e3, "µs")], "ns")
}

/// Two or three digits of a size in bytes, in powers of a thousand: `3.3 KB`.
pub fn size(bytes: usize) -> String {
    scaled(bytes as f64, &[(1e6, "MB"), (1e3, "KB")], "bytes")
}

/// All digits, in groups of three: `65,536 bytes`.
pub fn bytes(bytes: f64) -> String {
    let digits = format!("{bytes:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} bytes")
}

/// A ratio, as a fraction where it is one: `1/11.4`, `1.31`.
pub fn ratio(ratio: f64) -> String {
    if ratio < 0.9 {
        format!("1/{:.1}", 1.0 / ratio)
    } else {
        format!("{ratio:.2}")
    }
}

fn scaled<'u>(value: f64, units: &[(f64, &'u str)], smallest: &'u str) -> String {
    let unscaled = (1.0, smallest);
    let (factor, unit) = units
        .iter()
        .find(|(factor, _)| value >= *factor)
        .unwrap_or(&unscaled);
    let value = value / factor;
    if value < 9.95 && *factor > 1.0 {
        format!("{value:.1} {unit}")
    } else {
        format!("{value:.0} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nanoseconds(928, "928 ns")]
    #[case::few_microseconds(5_120, "5.1 µs")]
    #[case::many_microseconds(33_432, "33 µs")]
    #[case::milliseconds(1_710_930, "1.7 ms")]
    #[case::no_digit_too_many(9_970, "10 µs")]
    #[case::seconds(4_498_541_313, "4.5 s")]
    fn durations(#[case] nanos: u64, #[case] expected: &str) {
        assert_eq!(duration(Duration::from_nanos(nanos)), expected);
    }

    #[rstest]
    #[case::bytes(250, "250 bytes")]
    #[case::few_kilobytes(3_260, "3.3 KB")]
    #[case::many_kilobytes(776_123, "776 KB")]
    #[case::megabytes(2_013_140, "2.0 MB")]
    fn sizes(#[case] bytes: usize, #[case] expected: &str) {
        assert_eq!(size(bytes), expected);
    }

    #[rstest]
    #[case::no_group(338.0, "338 bytes")]
    #[case::one(65_536.0, "65,536 bytes")]
    #[case::two(1_559_138.0, "1,559,138 bytes")]
    #[case::full_group(100_000.0, "100,000 bytes")]
    fn all_digits(#[case] value: f64, #[case] expected: &str) {
        assert_eq!(bytes(value), expected);
    }

    #[rstest]
    #[case::fraction(0.2, "1/5.0")]
    #[case::about_the_same(0.97, "0.97")]
    #[case::multiple(1.6, "1.60")]
    fn ratios(#[case] value: f64, #[case] expected: &str) {
        assert_eq!(ratio(value), expected);
    }

    #[test]
    fn median_and_spread() {
        let series = [90, 100, 110].map(Duration::from_micros);
        assert_eq!(samples(&Samples::new(series.to_vec())), "100 µs ± 5 %");
    }
}
