//! What go-yaml 2 makes of a bare word: null, a boolean, a number, or text.

use serde_json::{Number, Value};

/// The value of the bare word `text`.
pub fn value(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
            Value::Bool(true)
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
            Value::Bool(false)
        }
        _ if text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => {
            number(&text.replace('_', "")).map_or_else(|| Value::from(text), Value::Number)
        }
        _ => Value::from(text),
    }
}

/// The number that `text` is: decimal, `0x1f`, `0o17`, `017` or `0b11`, or a fraction.
fn number(text: &str) -> Option<Number> {
    let (sign, digits) = match text.split_at_checked(1) {
        Some(("-", digits)) => (-1, digits),
        Some(("+", digits)) => (1, digits),
        _ => (1, text),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, &digits[2..]),
        Some("0o" | "0O") => (8, &digits[2..]),
        Some("0b" | "0B") => (2, &digits[2..]),
        Some(_) if digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        && let Ok(integer) = u64::from_str_radix(digits, radix)
        && let Some(integer) = Number::from_i128(sign * i128::from(integer))
    {
        return Some(integer);
    }
    // Rust reads `inf` and `nan` too.
    let numeric = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    let fraction = numeric.then(|| text.parse().ok()).flatten()?;
    Number::from_f64(fraction)
}
