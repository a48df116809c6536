//! The names that agents give to the tools of servers.
//!
//! An agent's model has one name for both, such as `mcp__stack__get_time`, made by rules that differ from agent
//! to agent: other characters than letters and digits are replaced, a name that is not unique any more gets a
//! tail, and a long one is cut.

use super::call::Call;
use super::server::Server;

/// What stands for the middle of a name that is too long.
const CUT: &str = "...";
/// A name that is cut is not shorter than this.
const LONG: usize = 48;

/// How far a call is one of a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// It is.
    Same,
    /// It is one of a tool of this name at another server.
    OtherServer,
    /// It is not.
    Other,
}

/// How far `call` is one of `tool`, at `server` if that matters.
pub fn likeness(call: &Call, server: Option<&str>, tool: &str) -> Likeness {
    // Two names that an agent makes one of are told apart where it says which it meant.
    if call.has_own_name && call.tool != tool {
        return Likeness::Other;
    }
    if server.is_some_and(|server| is_alias_of(&call.alias, server, tool)) {
        return Likeness::Same;
    }
    let is_renamed = || !call.alias.is_empty() && has_tail(&plain(&call.tool), &plain(tool));
    let is_same = same_name(tool, &call.tool) || is_renamed();
    if !is_same {
        return Likeness::Other;
    }
    match server {
        Some(server) if !call.server.is_empty() && !same_name(server, &call.server) => {
            Likeness::OtherServer
        }
        _ => Likeness::Same,
    }
}

/// Whether `alias` is what a model has for `tool` of `server`.
pub fn is_alias_of(alias: &str, server: &str, tool: &str) -> bool {
    if !may_be_of(alias, tool) {
        return false;
    }
    let whole = squashed(&format!("{server}_{tool}"));
    let bare = |name: &str| {
        let name = squashed(name);
        name.strip_prefix("mcp_").unwrap_or(&name).to_owned()
    };
    if let Some((start, end)) = alias.split_once(CUT) {
        return whole.starts_with(&bare(start)) && whole.ends_with(&squashed(end));
    }
    let alias = bare(alias);
    alias == whole || has_tail(&alias, &whole) || is_cut(&alias, &whole)
}

/// Whether it is worth a closer look: most calls are of other tools, and that shows at the end of their names.
fn may_be_of(alias: &str, tool: &str) -> bool {
    let end = alias.chars().rev().map(plain_char).zip(tool.chars().rev().map(plain_char));
    let ends_alike = !alias.is_empty() && end.take(LONG).all(|(a, b)| a == b);
    ends_alike
        || alias.len() >= LONG
        || alias.contains(CUT)
        || alias.rsplit('_').next().is_some_and(is_tail)
}

/// Whether two names of tools or servers are the same; all characters but letters and digits are, since
/// agents turn some of them into others.
pub fn same_name(expected: &str, found: &str) -> bool {
    expected.chars().map(plain_char).eq(found.chars().map(plain_char))
}

/// The server and the tool in a name that has both, with `separator` between them: the longest of the
/// `servers` that are known, or else what is before the first separator.
pub fn parted<'a>(
    name: &'a str,
    separator: &str,
    servers: &[Server],
) -> Option<(&'a str, &'a str)> {
    let after = |server: &Server| {
        let (start, rest) = name.split_at_checked(server.name.len())?;
        let rest = rest.strip_prefix(separator)?;
        same_name(&server.name, start).then_some((start, rest))
    };
    let known = servers.iter().filter_map(after).max_by_key(|(server, _)| server.len());
    known.or_else(|| name.split_once(separator))
}

/// A name with an underscore for every character that is neither letter nor digit.
fn plain(name: &str) -> String {
    name.chars().map(plain_char).collect()
}

fn plain_char(c: char) -> char {
    if c.is_ascii_alphanumeric() { c } else { '_' }
}

/// A plain name with one underscore where there are several.
fn squashed(name: &str) -> String {
    let mut plain = plain(name);
    let mut last = ' ';
    plain.retain(|c| std::mem::replace(&mut last, c) != '_' || c != '_');
    plain
}

/// Whether `name` is `whole` with the tail of one that would not be unique.
fn has_tail(name: &str, whole: &str) -> bool {
    name.strip_prefix(whole).and_then(|rest| rest.strip_prefix('_')).is_some_and(is_tail)
}

/// Whether it is a hash, as agents write them: 7 to 12 digits and small letters.
fn is_tail(tail: &str) -> bool {
    let small = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
    (7..=12).contains(&tail.len())
        && tail.bytes().all(small)
        && tail.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether `name` is the beginning of `whole`, which is too long, and a tail.
fn is_cut(name: &str, whole: &str) -> bool {
    const TAIL: usize = 13;
    let alike = name.bytes().zip(whole.bytes()).take_while(|(a, b)| a == b).count();
    name.len() >= LONG && name.len() < whole.len() + TAIL && alike + TAIL >= name.len()
}

#[cfg(test)]
mod tests {
    use super::super::server::ServerState;
    use super::*;

    const LONG: &str =
        "a_tool_with_a_name_that_is_much_too_long_for_the_programming_interface_of_a_model";

    #[test]
    fn a_tool_is_known_by_the_name_that_an_agent_gives_it() {
        let cut = format!("stack__{}_9f1f2b0f", &LONG[..48]);
        let middle = format!("mcp_stack_{}...{}", &LONG[..26], &LONG[LONG.len() - 24..]);
        let table = [
            ("mcp__stack__get-time", "stack", "get-time"),
            ("mcp__my_stack__get_time", "my-stack", "get.time"),
            ("mcp_my_stack_get-time", "my_stack", "get-time"),
            ("stack-get-time", "stack", "get_time"),
            ("stack__dot_name_9f1f2b0f", "stack", "dot.name"),
            ("mcp__stack__dot_name_0lmv8kd", "stack", "dot.name"),
            (&cut, "stack", LONG),
            (&middle, "stack", LONG),
        ];
        for (alias, server, tool) in table {
            assert!(is_alias_of(alias, server, tool), "{alias}");
        }
        for (alias, server, tool) in [
            ("mcp__stack__get_times", "stack", "get_time"),
            ("mcp__stack__get_time_zones", "stack", "get_time"),
            ("mcp__stacks__get_time", "stack", "get_time"),
            ("get_time", "stack", "get_time"),
            ("", "stack", ""),
            (&middle, "stack", &LONG[..70]),
        ] {
            assert!(!is_alias_of(alias, server, tool), "{alias}");
        }
    }

    #[test]
    fn a_call_is_one_of_a_tool_at_its_server() {
        let call = |server: &str, tool: &str, alias: &str| Call {
            server: server.into(),
            tool: tool.into(),
            alias: alias.into(),
            ..Call::default()
        };
        let told = call("stack", "get_time", "");
        assert_eq!(likeness(&told, Some("stack"), "get-time"), Likeness::Same);
        assert_eq!(likeness(&told, None, "get-time"), Likeness::Same);
        assert_eq!(likeness(&told, Some("clock"), "get-time"), Likeness::OtherServer);
        assert_eq!(likeness(&told, Some("stack"), "get"), Likeness::Other);
        // Where a name was parted in the wrong place, the whole of it tells.
        let parted = call("my", "stack_get_time", "mcp_my_stack_get_time");
        assert_eq!(likeness(&parted, Some("my-stack"), "get-time"), Likeness::Same);
        // One that was told apart from others has no tail.
        let tail = call("stack", "get_time_1234567", "");
        assert_eq!(likeness(&tail, Some("stack"), "get_time"), Likeness::Other);
        assert_eq!(likeness(&call("", "add", "add"), Some("stack"), "add"), Likeness::Same);
        // What was asked for as `dup-name` may have been `dup.name`.
        let exchanged = Call { has_own_name: true, ..call("stack", "dup.name", "stack-dup-name") };
        assert_eq!(likeness(&exchanged, Some("stack"), "dup-name"), Likeness::Other);
        assert_eq!(likeness(&exchanged, Some("stack"), "dup.name"), Likeness::Same);
    }

    #[test]
    fn a_name_is_parted_after_the_server_that_is_known() {
        let servers = ["my", "my.stack"].map(|name| Server {
            name: name.to_owned(),
            state: ServerState::Connected,
            word: String::new(),
            reason: None,
        });
        assert_eq!(parted("my_stack_get", "_", &servers), Some(("my_stack", "get")));
        assert_eq!(parted("my_stack_get", "_", &[]), Some(("my", "stack_get")));
        assert_eq!(parted("get", "_", &servers), None);
    }
}
