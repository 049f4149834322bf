//! What go-yaml 2 makes of a bare word: null, a boolean, a number, or text.

use serde_json::{Number, Value};

/// Returns the value of the bare word `text`.
pub fn value(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
            Value::Bool(true)
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
            Value::Bool(false)
        }
        _ => match number(text) {
            Some(number) => Value::Number(number),
            None => Value::from(text),
        },
    }
}

/// Reads a number: an integer, or a fraction such as `1.5e3`. Underscores do not count, as in
/// `1_000`. `None` if `text` is not a number.
fn number(text: &str) -> Option<Number> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        return None;
    }

    let text = text.replace('_', "");
    integer(&text).or_else(|| fraction(&text))
}

/// Reads an integer: `31`, `0x1f`, `0o37`, `037` or `0b11111`, maybe with a sign.
fn integer(text: &str) -> Option<Number> {
    let (sign, digits) = match text.split_at_checked(1) {
        Some(("-", digits)) => (-1, digits),
        Some(("+", digits)) => (1, digits),
        _ => (1, text),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, &digits[2..]),
        Some("0o" | "0O") => (8, &digits[2..]),
        Some("0b" | "0B") => (2, &digits[2..]),
        // `037` is octal. `0` alone has no second character, and is decimal.
        Some(_) if digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };

    // Rust would read a second sign.
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let absolute = u64::from_str_radix(digits, radix).ok()?;
    Number::from_i128(sign * i128::from(absolute))
}

/// Reads a number with a point or an exponent.
fn fraction(text: &str) -> Option<Number> {
    // Rust would read `inf` and `nan` too.
    let is_numeric = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    if !is_numeric {
        return None;
    }

    Number::from_f64(text.parse().ok()?)
}
