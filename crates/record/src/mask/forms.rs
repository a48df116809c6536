//! The forms in which a secret turns up.

use serde_json::Value;
use smoke_mcp::base64;

use super::finder::Finder;

/// A secret as it is, as a JSON string, a JSON string within one, a URL and a page hold it, and in base64; and each
/// line of one that has several. Forms that are too short to be looked for are left out.
pub fn of(secret: &str) -> Vec<String> {
    let mut forms: Vec<String> = lines(secret).chain([secret]).flat_map(in_json).collect();
    forms.extend(in_urls(secret));
    forms.extend(in_pages(secret));
    forms.extend((0..3).flat_map(|before| in_base64(secret, before)));
    forms.retain(|form| form.len() >= Finder::SHORTEST);
    forms.sort();
    forms.dedup();
    forms
}

/// The lines of a secret that has several, for whatever prints them in its own way. Shorter ones, such as
/// a brace, would be found everywhere.
fn lines(secret: &str) -> impl Iterator<Item = &str> {
    const SHORTEST: usize = 8;
    let lines = secret.contains('\n').then(|| secret.lines().map(str::trim));
    lines.into_iter().flatten().filter(|line| line.len() >= SHORTEST)
}

/// A text, and what it looks like in a JSON string, in one that is in another, and so on: a tool's result
/// is often JSON in a string, which is in a transcript, which is in a record.
fn in_json(text: &str) -> Vec<String> {
    const DEPTH: usize = 3;
    let mut forms = vec![text.to_owned()];
    let mut outermost = written_as_json(text);
    for _ in 0..DEPTH {
        forms.extend(outermost.iter().cloned());
        outermost.iter_mut().for_each(|form| *form = quoted(form));
        outermost.dedup();
    }
    forms
}

/// The ways in which programs write a text as a JSON string: with other characters than those of ASCII as
/// escapes, as Python does, or those of HTML too, as .NET and Go do, and slashes, as PHP does.
fn written_as_json(text: &str) -> Vec<String> {
    let write = |special: &str, escape: &dyn Fn(u16) -> String| -> String {
        let one = |character: char| match character.is_ascii() && !special.contains(character) {
            true => quoted(character.encode_utf8(&mut [0; 4])),
            false => character.encode_utf16(&mut [0; 2]).iter().map(|unit| escape(*unit)).collect(),
        };
        text.chars().map(one).collect()
    };
    let lower = |unit: u16| format!("\\u{unit:04x}");
    let upper = |unit: u16| format!("\\u{unit:04X}");
    let mut forms = vec![quoted(text), write("", &lower)];
    forms.extend([forms[0].replace('/', "\\/"), forms[1].replace('/', "\\/")]);
    forms.extend([write("", &upper), write("\"&'+<>`", &upper)]);
    forms.push(go_json(text));
    forms.sort();
    forms.dedup();
    forms
}

/// A text as a JSON string holds it.
fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    json[1..json.len() - 1].to_owned()
}

/// A text as Go's encoder writes it into a JSON string: some characters of HTML are escapes, and others than those
/// of ASCII are themselves.
fn go_json(text: &str) -> String {
    let one = |character: char| match character {
        '&' | '<' | '>' | '\u{2028}' | '\u{2029}' => format!("\\u{:04x}", u32::from(character)),
        other => quoted(other.encode_utf8(&mut [0; 4])),
    };
    text.chars().map(one).collect()
}

/// The ways in which programs write a text into a URL: with nothing but letters, digits and `-_.~` as it is, with a
/// slash too, as Python's `quote` does, or with what JavaScript's `encodeURIComponent` leaves; and as forms do,
/// with `+` for a space.
fn in_urls(text: &str) -> Vec<String> {
    const PLAIN: [&str; 4] = ["-_.~", "-_.~/", "-_.~!*'()", "-_.*"];
    let lower = |byte: u8| format!("%{byte:02x}");
    let upper = |byte: u8| format!("%{byte:02X}");
    let mut forms = Vec::new();
    for plain in PLAIN {
        for encoded in [percent_encoded(text, plain, &upper), percent_encoded(text, plain, &lower)]
        {
            forms.push(encoded.replace("%20", "+"));
            forms.push(encoded);
        }
    }
    forms
}

fn percent_encoded(text: &str, plain: &str, encode: &dyn Fn(u8) -> String) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || plain.as_bytes().contains(&byte);
    let one = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { encode(byte) };
    text.bytes().map(one).collect()
}

/// The ways in which programs write a text into a page: quotes by their names, by their numbers, or as they are.
fn in_pages(text: &str) -> Vec<String> {
    const QUOTES: [[&str; 2]; 6] = [
        ["&quot;", "&#x27;"],
        ["&quot;", "&#39;"],
        ["&quot;", "&#039;"],
        ["&#34;", "&#39;"],
        ["&quot;", "'"],
        ["\"", "'"],
    ];
    let plain = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    QUOTES.map(|[double, single]| plain.replace('"', double).replace('\'', single)).to_vec()
}

/// The part of the base64 text that is the same whatever stands around the secret, with `before`
/// bytes of another group of three in front of it. Shorter ones would be found by chance.
fn in_base64(secret: &str, before: usize) -> Vec<String> {
    const SHORTEST: usize = 8;
    let text = base64::encode(&[vec![0; before], secret.as_bytes().to_vec()].concat());
    let (first, last) = ((before * 8).div_ceil(6), (before + secret.len()) * 8 / 6);
    match text.get(first..last) {
        Some(part) if part.len() >= SHORTEST => {
            vec![part.to_owned(), part.replace('+', "-").replace('/', "_")]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_known_in_a_string_within_a_string() {
        let secret = "pä\"ss/\\wörd";
        let forms = of(secret);
        let mut text = secret.to_owned();
        for _ in 0..=3 {
            assert!(forms.iter().any(|form| text.contains(form.as_str())), "{text}");
            text = json!([text]).to_string();
        }
        for written in
            [r#"p\u00e4\"ss/\\w\u00f6rd"#, r#"p\u00E4\u0022ss/\\w\u00F6rd"#, r#"pä\"ss\/\\wörd"#]
        {
            let within = json!({ "text": written }).to_string();
            for text in [written, &within] {
                assert!(forms.iter().any(|form| text.contains(form.as_str())), "{text}");
            }
        }
    }

    #[test]
    fn a_secret_is_known_as_other_languages_write_it() {
        let forms = of("p@!/&=<>+' \"x");
        for written in [
            r#"p@!/\u0026=\u003c\u003e+' \"x"#,
            "p%40%21/%26%3D%3C%3E%2B%27%20%22x",
            "p%40!%2F%26%3D%3C%3E%2B'%20%22x",
            "p%40%21%2f%26%3d%3c%3e%2b%27%20%22x",
            "p%40%21%2F%26%3D%3C%3E%2B%27+%22x",
            "p@!/&amp;=&lt;&gt;+&#x27; &quot;x",
            "p@!/&amp;=&lt;&gt;+&#39; &#34;x",
        ] {
            assert!(forms.iter().any(|form| form == written), "{written}");
        }
    }

    #[test]
    fn each_line_of_a_secret_is_one() {
        let forms = of("-----BEGIN-----\nMIIEabc/defg\n}\n");
        for form in ["MIIEabc/defg", "MIIEabc\\/defg", "-----BEGIN-----"] {
            assert!(forms.iter().any(|known| known == form), "{form}");
        }
        assert!(!forms.iter().any(|form| form == "}"));
        assert_eq!(of("plain-secret-2").iter().filter(|form| form.contains("plain")).count(), 1);
    }
}
