//! One value, as it is written.

use std::borrow::Cow;
use std::str::from_utf8;

use crate::find::before_special;
use crate::scan::Scan;
use crate::surrogates::mended;

/// How much is looked at of a text that a transcript has only one of, in bytes.
const TEXT_LIMIT: usize = 16 * 1024;

/// One value, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<'a>(&'a [u8]);

/// The named fields of the object that `text` is. Of two with the same name the later one counts, and one that
/// is absent is null. None if it is no object, or is not JSON.
pub fn fields<'a, const N: usize>(text: &'a [u8], names: [&str; N]) -> Option<[Json<'a>; N]> {
    let mut scan = Scan::inside(text, b'{');
    let mut found = [Json::NULL; N];
    while let Some(name) = scan.name() {
        take(&mut scan, name, &names, &mut found)?;
    }
    scan.is_whole().then_some(found)
}

/// The same, and the named fields of the object in the field `inner`, found on the way: an event has nearly
/// all that it says in one.
pub fn nested_fields<'a, const N: usize, const M: usize>(
    text: &'a [u8],
    names: [&str; N],
    inner: &str,
    inner_names: [&str; M],
) -> Option<([Json<'a>; N], [Json<'a>; M])> {
    let mut scan = Scan::inside(text, b'{');
    let (mut found, mut found_inside) = ([Json::NULL; N], [Json::NULL; M]);
    while let Some(name) = scan.name() {
        let Some(mut inside) = scan.enter().filter(|_| is_name(name, inner)) else {
            take(&mut scan, name, &names, &mut found)?;
            continue;
        };
        found_inside = [Json::NULL; M];
        while let Some(name) = inside.name() {
            take(&mut inside, name, &inner_names, &mut found_inside)?;
        }
        scan.leave(inside)?;
    }
    scan.is_whole().then_some((found, found_inside))
}

/// Takes the value of the field `name`, if it is one of the `names`.
fn take<'a>(
    scan: &mut Scan<'a>,
    name: &[u8],
    names: &[&str],
    found: &mut [Json<'a>],
) -> Option<()> {
    let value = scan.value()?;
    if let Some(place) = names.iter().position(|known| is_name(name, known)) {
        found[place] = Json(value);
    }
    Some(())
}

fn is_name(name: &[u8], known: &str) -> bool {
    &name[1..name.len() - 1] == known.as_bytes()
        || (name.contains(&b'\\') && Json(name).text() == known)
}

impl<'a> Json<'a> {
    /// What an absent field is.
    pub const NULL: Json<'static> = Json(b"null");

    /// The array that `text` is. None if it is none, or is not JSON.
    pub fn array(text: &'a [u8]) -> Option<Self> {
        let mut scan = Scan::inside(text, b'[');
        while scan.next_element().and_then(Scan::value).is_some() {}
        scan.is_whole().then_some(Json(text))
    }

    /// JSON that is known to be right.
    pub fn of(text: &'a [u8]) -> Self {
        Json(text)
    }

    /// The named fields of an object, as [`fields`] finds them; of anything else there are none.
    pub fn fields<const N: usize>(self, names: [&str; N]) -> [Json<'a>; N] {
        fields(self.0, names).unwrap_or([Json::NULL; N])
    }

    /// One field of an object.
    pub fn field(self, name: &str) -> Json<'a> {
        let [field] = self.fields([name]);
        field
    }

    /// All fields of an object.
    pub fn members(self) -> impl Iterator<Item = (Cow<'a, str>, Json<'a>)> {
        let mut scan = Scan::inside(self.0, b'{');
        std::iter::from_fn(move || {
            let name = scan.name()?;
            Some((Json(name).text(), Json(scan.value()?)))
        })
    }

    /// The named fields of each element of an array, as [`fields`] finds them.
    pub fn objects<const N: usize>(self, names: [&str; N]) -> impl Iterator<Item = [Json<'a>; N]> {
        let mut scan = Scan::inside(self.0, b'[');
        std::iter::from_fn(move || {
            let mut found = [Json::NULL; N];
            let Some(mut inside) = scan.next_element()?.enter() else {
                scan.value()?;
                return Some(found);
            };
            while let Some(name) = inside.name() {
                take(&mut inside, name, &names, &mut found)?;
            }
            scan.leave(inside)?;
            Some(found)
        })
    }

    /// The elements of an array.
    pub fn elements(self) -> impl Iterator<Item = Json<'a>> {
        let mut scan = Scan::inside(self.0, b'[');
        std::iter::from_fn(move || scan.next_element()?.value().map(Json))
    }

    /// A text or a number in its own words; nothing of anything else.
    pub fn text(self) -> Cow<'a, str> {
        self.text_within(TEXT_LIMIT)
    }

    /// The same, and no more than `limit` bytes of a text.
    pub fn text_within(self, limit: usize) -> Cow<'a, str> {
        match self.0 {
            [b'"', inner @ .., b'"'] => text(beginning(inner, limit), inner.len() <= limit),
            [b'-' | b'0'..=b'9', ..] => String::from_utf8_lossy(self.0),
            _ => Cow::default(),
        }
    }

    /// A number of things, or of milliseconds; what is after the point does not count.
    pub fn count(self) -> Option<u64> {
        let text = from_utf8(self.0).ok()?;
        let whole = || text.parse::<f64>().ok().filter(|number| *number >= 0.0);
        text.parse().ok().or_else(|| whole().map(|number| number as u64))
    }

    /// Whether it is `true`.
    pub fn is_true(self) -> bool {
        self.0 == b"true"
    }

    /// Whether it is `null`, or absent.
    pub fn is_null(self) -> bool {
        self.0 == b"null"
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        self.0.starts_with(b"{")
    }

    /// Whether it is an array.
    pub fn is_array(self) -> bool {
        self.0.starts_with(b"[")
    }

    /// Whether it is a text.
    pub fn is_text(self) -> bool {
        self.0.starts_with(b"\"")
    }

    /// It, as it is written.
    pub fn raw(self) -> &'a [u8] {
        self.0
    }
}

impl Default for Json<'_> {
    fn default() -> Self {
        Json::NULL
    }
}

/// At most the first `limit` bytes of a text, without a part of an escape.
fn beginning(text: &[u8], limit: usize) -> &[u8] {
    const ESCAPE: usize = "\\u0000".len();
    if text.len() <= limit {
        return text;
    }
    let (mut at, start) = (0, &text[..limit]);
    loop {
        at += before_special(&start[at..]);
        let length = match &start[at..] {
            [] => return start,
            [b'\\', b'u', ..] => ESCAPE,
            [b'\\', ..] => 2,
            _ => 1,
        };
        if at + length > limit {
            return &text[..at];
        }
        at += length;
    }
}

/// What is written in a text; a character at its end may be cut off unless it is `whole`.
fn text(written: &[u8], whole: bool) -> Cow<'_, str> {
    if written.contains(&b'\\') {
        let quoted = [b"\"", written, b"\""].concat();
        let text = serde_json::from_str::<String>(&utf8(&mended(&quoted)));
        return text.unwrap_or_default().into();
    }
    match from_utf8(written) {
        Err(error) if !whole && error.error_len().is_none() => {
            text(&written[..error.valid_up_to()], true)
        }
        _ => utf8(written),
    }
}

/// Bytes as text, in which what is none is replaced.
pub fn utf8(bytes: &[u8]) -> Cow<'_, str> {
    // Nearly all is text, and that is seen more quickly so.
    from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json<'_> {
        Json::of(text.as_bytes())
    }

    #[test]
    fn the_later_of_two_fields_counts_and_an_absent_one_is_null() {
        let text = br#"{"a":1,"b":{"c":2,"d":3},"a":"x","b":{"\u0063":4}} "#;
        let ([a, e], [c, d]) = nested_fields(text, ["a", "e"], "b", ["c", "d"]).unwrap();
        assert_eq!((&*a.text(), &*c.text()), ("x", "4"));
        assert!(d.is_null() && e.is_null());
        let [b] = fields(text, ["b"]).unwrap();
        assert_eq!(b.field("c").count(), Some(4));
        for wrong in ["{\"b\":{\"c\":2", "{\"b\":{]}", "{\"a\":1}x", "[]", ""] {
            assert!(nested_fields(wrong.as_bytes(), ["a"], "b", ["c"]).is_none(), "{wrong}");
            assert!(fields(wrong.as_bytes(), ["a"]).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_objects_of_a_list_are_gone_through_once() {
        let found = json(r#"[{"a":1},2,{"b":[{"a":3}],"a":4}]"#).objects(["a"]);
        let found: Vec<_> = found.map(|[a]| a.count()).collect();
        assert_eq!(found, [Some(1), None, Some(4)]);
        assert_eq!(json("{}").objects(["a"]).count(), 0);
        assert_eq!(json("[1,[2],{}]").elements().count(), 3);
    }

    #[test]
    fn a_text_is_read_as_far_as_is_wanted() {
        let text = r#""\u00fcb\\\ud83d\ude00 ü""#;
        let whole = "üb\\\u{1f600} ü";
        assert_eq!(json(text).text(), whole);
        for limit in 0..text.len() {
            let start = json(text).text_within(limit);
            let start = start.trim_end_matches('\u{fffd}');
            assert!(whole.starts_with(start), "{limit}: {start}");
        }
        for (text, expected) in [("-1.5", "-1.5"), ("null", ""), ("[1]", ""), ("true", "")] {
            assert_eq!(json(text).text(), expected);
        }
        assert_eq!([json("12.9").count(), json("-1").count()], [Some(12), None]);
    }
}
