//! One value, as it is written.

use std::borrow::Cow;
use std::str::from_utf8;

use crate::scan::Scan;
use crate::squeeze::squeezed;
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
        while scan.element().is_some() {}
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

    /// The elements of an array.
    pub fn elements(self) -> impl Iterator<Item = Json<'a>> {
        let mut scan = Scan::inside(self.0, b'[');
        std::iter::from_fn(move || scan.element().map(Json))
    }

    /// A text or a number in its own words; nothing of anything else.
    pub fn text(self) -> Cow<'a, str> {
        match self.0 {
            [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => beginning(inner),
            [b'"', ..] => {
                let (start, _) = squeezed(self.0, TEXT_LIMIT);
                let text =
                    serde_json::from_str::<String>(&String::from_utf8_lossy(&mended(&start)));
                text.unwrap_or_default().into()
            }
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

/// As much of a text as is looked at, without a part of a character.
fn beginning(text: &[u8]) -> Cow<'_, str> {
    let start = &text[..text.len().min(TEXT_LIMIT)];
    match from_utf8(start) {
        Ok(text) => text.into(),
        Err(error) if start.len() < text.len() && error.error_len().is_none() => {
            String::from_utf8_lossy(&start[..error.valid_up_to()])
        }
        Err(_) => String::from_utf8_lossy(start),
    }
}
