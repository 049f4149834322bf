//! The tokens of a JSON text (RFC 8259).
//!
//! Why not serde_json, which writes the answers: it hands every value to a visitor,
//! while nobody looks at most of an admission request. Passing over what is not
//! looked at in one loop saves a third of the time for a large request and a tenth
//! of the module. What is passed over has to be JSON all the same: the tests hold the
//! lexer to serde_json, which has to take the same texts and find the same in them
//! (`src/tape/oracle.rs`, and the fuzz targets).

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::blocks;

/// Why a text is not JSON. The place is where the lexer stopped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Syntax {
    /// It ends where something is still missing.
    Early,
    /// Something stands there that may not.
    Wrong,
    /// More objects and lists are open than the reader takes.
    Deep,
}

/// A cursor over a JSON text. Each method but [`Lexer::peek`] is called where the
/// token that it takes begins, and leaves the cursor behind it; where it fails, at
/// the byte that is wrong.
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    /// A cursor at the beginning of `text`.
    pub(crate) fn new(text: &'a str) -> Self {
        Lexer { text, at: 0 }
    }

    /// Goes to the next byte that is no white space and returns it; 0, which no
    /// token begins with, at the end of the text.
    #[inline(always)]
    pub(crate) fn peek(&mut self) -> u8 {
        loop {
            match self.byte() {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return byte,
            }
        }
    }

    /// Takes the byte that [`Lexer::peek`] has returned.
    #[inline(always)]
    pub(crate) fn take(&mut self) {
        self.at += 1;
    }

    /// What is wrong here, where nothing right stands.
    #[cold]
    pub(crate) fn wrong(&self) -> Syntax {
        if self.at < self.text.len() {
            Syntax::Wrong
        } else {
            Syntax::Early
        }
    }

    /// The line and the column of the byte at the cursor, both from 1; at the end
    /// of the text those of its last byte.
    pub(crate) fn place(&self) -> (usize, usize) {
        let before = self.text.as_bytes().get(..self.at).unwrap_or_default();
        let lines = before.split(|byte| *byte == b'\n');
        let column = lines.clone().next_back().unwrap_or_default().len();
        let here = usize::from(self.at < self.text.len());
        (lines.count(), column + here)
    }

    #[inline(always)]
    fn byte(&self) -> u8 {
        self.text
            .as_bytes()
            .get(self.at)
            .copied()
            .unwrap_or_default()
    }

    /// The text from `start` to the cursor.
    #[inline(always)]
    fn since(&self, start: usize) -> &'a str {
        // Both are at ASCII characters, so that it is never cut within another.
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Takes `{` or `[`, and the bracket that closes it where nothing stands
    /// between them. Returns whether something does.
    #[inline(always)]
    pub(crate) fn open(&mut self, close: u8) -> bool {
        self.take();
        let filled = self.peek() != close;
        if !filled {
            self.take();
        }
        filled
    }

    /// Takes what stands behind an element: a comma, or the bracket `close`.
    /// Returns whether another element follows.
    #[inline(always)]
    pub(crate) fn next(&mut self, close: u8) -> Result<bool, Syntax> {
        let byte = self.peek();
        if byte != b',' && byte != close {
            return Err(self.wrong());
        }
        self.take();
        Ok(byte == b',')
    }

    /// Takes the name of a field and the colon behind it.
    #[inline]
    pub(crate) fn key(&mut self) -> Result<Cow<'a, str>, Syntax> {
        if self.peek() != b'"' {
            return Err(self.wrong());
        }
        let key = self.string()?;
        self.colon()?;
        Ok(key)
    }

    #[inline(always)]
    fn colon(&mut self) -> Result<(), Syntax> {
        if self.peek() != b':' {
            return Err(self.wrong());
        }
        self.take();
        Ok(())
    }

    /// Takes a string, borrowed where it is written without escapes.
    #[inline]
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, Syntax> {
        self.take();
        let start = self.at;
        self.at = blocks::end_of_plain(self.text.as_bytes(), start);
        if self.byte() != b'"' {
            return self.escaped_string(start);
        }
        let string = self.since(start);
        self.take();
        Ok(Cow::Borrowed(string))
    }

    /// The rest of a string whose text begins at `start` and is plain up to here.
    #[inline(never)]
    fn escaped_string(&mut self, start: usize) -> Result<Cow<'a, str>, Syntax> {
        let mut string = String::from(self.since(start));
        loop {
            match self.byte() {
                b'"' => {
                    self.take();
                    return Ok(Cow::Owned(string));
                }
                b'\\' => string.push(self.escape()?),
                _ => return Err(self.wrong()),
            }
            let start = self.at;
            self.at = blocks::end_of_plain(self.text.as_bytes(), start);
            string.push_str(self.since(start));
        }
    }

    /// Takes an escape: the character it stands for. Half of a surrogate pair
    /// stands for none.
    fn escape(&mut self) -> Result<char, Syntax> {
        let Some(high) = self.escaped_unit()? else {
            // One letter, which has just been taken.
            return Ok(match self.since(self.at - 1) {
                "b" => '\u{8}',
                "f" => '\u{c}',
                "n" => '\n',
                "r" => '\r',
                "t" => '\t',
                "/" => '/',
                "\\" => '\\',
                _ => '"',
            });
        };
        if !(0xd800..0xdc00).contains(&high) {
            return char::from_u32(high).ok_or(Syntax::Wrong);
        }
        if self.byte() == b'\\'
            && let Some(low @ 0xdc00..0xe000) = self.escaped_unit()?
        {
            let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            return char::from_u32(code).ok_or(Syntax::Wrong);
        }
        Err(self.wrong())
    }

    /// Takes an escape: the UTF-16 code unit it gives in digits; none where it is
    /// one letter.
    fn escaped_unit(&mut self) -> Result<Option<u32>, Syntax> {
        self.take();
        match self.byte() {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {
                self.take();
                Ok(None)
            }
            b'u' => {
                self.take();
                let mut unit = 0;
                for _ in 0..4 {
                    let digit = char::from(self.byte()).to_digit(16);
                    unit = unit << 4 | digit.ok_or_else(|| self.wrong())?;
                    self.take();
                }
                Ok(Some(unit))
            }
            _ => Err(self.wrong()),
        }
    }

    /// Passes over a string.
    #[inline(always)]
    fn skip_string(&mut self) -> Result<(), Syntax> {
        self.take();
        loop {
            self.at = blocks::end_of_plain(self.text.as_bytes(), self.at);
            match self.byte() {
                b'"' => {
                    self.take();
                    return Ok(());
                }
                b'\\' => {
                    self.escaped_unit()?;
                }
                _ => return Err(self.wrong()),
            }
        }
    }

    /// Takes a number; fails where none begins.
    pub(crate) fn number(&mut self) -> Result<(), Syntax> {
        if self.byte() == b'-' {
            self.take();
        }
        if self.byte() == b'0' {
            self.take();
        } else {
            self.digits()?;
        }
        if self.byte() == b'.' {
            self.take();
            self.digits()?;
        }
        if matches!(self.byte(), b'e' | b'E') {
            self.take();
            if matches!(self.byte(), b'+' | b'-') {
                self.take();
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Syntax> {
        if !self.byte().is_ascii_digit() {
            return Err(self.wrong());
        }
        while self.byte().is_ascii_digit() {
            self.take();
        }
        Ok(())
    }

    /// Takes `word`: `true`, `false` or `null`.
    #[inline(never)]
    pub(crate) fn word(&mut self, word: &'static str) -> Result<(), Syntax> {
        for letter in word.bytes() {
            if self.byte() != letter {
                return Err(self.wrong());
            }
            self.take();
        }
        Ok(())
    }

    /// Passes over a value, however deeply nested: nobody looks at it, but it has to
    /// be JSON. Returns its text.
    #[inline(never)]
    pub(crate) fn skip(&mut self) -> Result<&'a str, Syntax> {
        let first = self.peek();
        let start = self.at;
        // On a copy, which stays in registers.
        let mut json = Lexer { ..*self };
        let skipped = match first {
            b'{' | b'[' => json.skip_nested(),
            _ => json.skip_scalar(first),
        };
        self.at = json.at;
        skipped.map(|()| self.since(start))
    }

    /// Passes over a value that begins with `first` and is no object and no list.
    #[inline(always)]
    fn skip_scalar(&mut self, first: u8) -> Result<(), Syntax> {
        match first {
            b'"' => self.skip_string(),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    /// Passes over an object or a list.
    #[inline(always)]
    fn skip_nested(&mut self) -> Result<(), Syntax> {
        // The brackets that close what is open.
        let mut open: Vec<u8> = Vec::new();
        loop {
            let first = self.peek();
            let mut follows = false;
            if matches!(first, b'{' | b'[') {
                // Two further in ASCII.
                let close = first + 2;
                if self.open(close) {
                    open.push(close);
                    follows = true;
                }
            } else {
                self.skip_scalar(first)?;
            }
            // Behind a value: whatever ends with it.
            while !follows {
                let Some(close) = open.last() else {
                    return Ok(());
                };
                follows = self.next(*close)?;
                if !follows {
                    open.pop();
                }
            }
            if open.last() == Some(&b'}') {
                if self.peek() != b'"' {
                    return Err(self.wrong());
                }
                self.skip_string()?;
                self.colon()?;
            }
        }
    }

    /// Checks that nothing but white space is left.
    pub(crate) fn end(&mut self) -> Result<(), Syntax> {
        self.peek();
        match self.wrong() {
            Syntax::Early => Ok(()),
            wrong => Err(wrong),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use rstest::rstest;

    /// What is left behind the value that `text` begins with, or what is wrong and
    /// at which byte.
    fn skipped(text: &str) -> Result<&str, (Syntax, usize)> {
        let mut lexer = Lexer::new(text);
        match lexer.skip() {
            Ok(_) => Ok(&text[lexer.at..]),
            Err(syntax) => Err((syntax, lexer.at)),
        }
    }

    #[rstest]
    #[case::null("null")]
    #[case::truth("true")]
    #[case::falsehood("false")]
    #[case::zero("0")]
    #[case::negative_zero("-0")]
    #[case::fraction("-10.05")]
    #[case::exponent("1e5")]
    #[case::signed_exponents("1.0E+05")]
    #[case::beyond_any_range("1e-99999")]
    #[case::empty_string(r#""""#)]
    #[case::escapes(r#""\"\\\/\b\f\n\r\t\u00e8\uD83D\uDE00""#)]
    #[case::lone_surrogate_that_nobody_reads(r#""\ud800""#)]
    #[case::beyond_ascii("\"\u{e8}\u{10ffff}\u{7f}\"")]
    #[case::empty_list("[]")]
    #[case::empty_object("{}")]
    #[case::blanks("[ 1 ,\t{ \"a\" :\r\n[ ] } , { } ]")]
    #[case::nested(r#"{"a":[{"b":{}},[[]],"]"],"}":"{"}"#)]
    fn values(#[case] value: &str) {
        assert_eq!(skipped(value), Ok(""));
        assert_eq!(skipped(&format!("{value} ,")), Ok(" ,"));
        let inside = format!(r#"[{value},{{"k":{value},"l":{value}}}]"#);
        assert_eq!(skipped(&inside), Ok(""));
    }

    #[rstest]
    #[case::nothing("", Syntax::Early, 0)]
    #[case::blanks(" \n", Syntax::Early, 2)]
    #[case::word("nul", Syntax::Early, 3)]
    #[case::other_word("nulL", Syntax::Wrong, 3)]
    #[case::no_word("NaN", Syntax::Wrong, 0)]
    #[case::minus("-", Syntax::Early, 1)]
    #[case::plus("+1", Syntax::Wrong, 0)]
    #[case::point_first(".5", Syntax::Wrong, 0)]
    #[case::point_last("1.", Syntax::Early, 2)]
    #[case::no_exponent("[1e]", Syntax::Wrong, 3)]
    #[case::zero_first("[01]", Syntax::Wrong, 2)]
    #[case::open_string("\"a", Syntax::Early, 2)]
    #[case::control_character("\"a\u{1f}\"", Syntax::Wrong, 2)]
    #[case::new_line("\"\n\"", Syntax::Wrong, 1)]
    #[case::nul("\"\0\"", Syntax::Wrong, 1)]
    #[case::nul_for_a_value("\0", Syntax::Wrong, 0)]
    #[case::unknown_escape(r#""\x""#, Syntax::Wrong, 2)]
    #[case::open_escape(r#""\"#, Syntax::Early, 2)]
    #[case::short_escape(r#""\u12""#, Syntax::Wrong, 5)]
    #[case::comma_first("[,1]", Syntax::Wrong, 1)]
    #[case::comma_last("[1,]", Syntax::Wrong, 3)]
    #[case::comma_last_in_an_object(r#"{"a":1,}"#, Syntax::Wrong, 7)]
    #[case::no_comma("[1 2]", Syntax::Wrong, 3)]
    #[case::other_bracket(r#"{"a":[1}"#, Syntax::Wrong, 7)]
    #[case::list_that_ends_as_an_object("[1}", Syntax::Wrong, 2)]
    #[case::no_colon(r#"{"a" 1}"#, Syntax::Wrong, 5)]
    #[case::no_value(r#"{"a":}"#, Syntax::Wrong, 5)]
    #[case::no_key("{1:1}", Syntax::Wrong, 1)]
    #[case::open_list("[[]", Syntax::Early, 3)]
    #[case::open_object("{", Syntax::Early, 1)]
    fn no_values(#[case] text: &str, #[case] syntax: Syntax, #[case] at: usize) {
        assert_eq!(skipped(text), Err((syntax, at)));
    }

    #[rstest]
    #[case::plain(r#""a b""#, Ok("a b"))]
    #[case::escapes(r#""\"\\\/\b\f\n\r\t|""#, Ok("\"\\/\u{8}\u{c}\n\r\t|"))]
    #[case::code_units(r#""\u0041\u00E8\uffff""#, Ok("A\u{e8}\u{ffff}"))]
    #[case::pair(r#""x\ud83d\ude00y""#, Ok("x\u{1f600}y"))]
    #[case::last_character(r#""\udbff\udfff""#, Ok("\u{10ffff}"))]
    #[case::high_alone(r#""\ud83d""#, Err((Syntax::Wrong, 7)))]
    #[case::high_before_a_letter(r#""\ud83d\n""#, Err((Syntax::Wrong, 9)))]
    #[case::high_before_another(r#""\ud83d\ud83d""#, Err((Syntax::Wrong, 13)))]
    #[case::low_alone(r#""\ude00""#, Err((Syntax::Wrong, 7)))]
    #[case::open(r#""\u0041"#, Err((Syntax::Early, 7)))]
    fn strings(#[case] text: &str, #[case] expected: Result<&str, (Syntax, usize)>) {
        let mut lexer = Lexer::new(text);
        let string = lexer.string().map_err(|syntax| (syntax, lexer.at));
        assert_eq!(string.as_deref(), expected.as_ref().copied());
    }

    #[rstest]
    #[case::beginning("", 0, (1, 0))]
    #[case::first("a", 0, (1, 1))]
    #[case::behind_the_last("ab", 2, (1, 2))]
    #[case::second_line("a\nb", 2, (2, 1))]
    #[case::line_break("a\nb", 1, (1, 2))]
    #[case::empty_last_line("a\n", 2, (2, 0))]
    fn places(#[case] text: &str, #[case] at: usize, #[case] expected: (usize, usize)) {
        assert_eq!(Lexer { text, at }.place(), expected);
    }
}
