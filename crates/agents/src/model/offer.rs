//! The tools of the stack among those that an agent offers to its model.

use super::tool::Tool;
use crate::transcript::{is_alias_of, same_name};

/// A tool as the server lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// What is said of it.
    pub description: String,
}

/// A tool of the stack as it was offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The tool that is offered.
    pub offered: Tool,
    /// The name that the gateway gives it, as far as that can be told.
    pub tool: String,
}

/// The offered tools that belong to `server`, each by the name that it is `listed` by, or `wanted`.
pub fn offers<'a>(
    tools: &[Tool],
    server: &str,
    listed: &[Listed],
    wanted: impl Iterator<Item = &'a str>,
) -> Vec<Offer> {
    let mut left: Vec<(&Tool, String)> =
        tools.iter().filter_map(|tool| Some((tool, own_name(tool, server)?))).collect();
    let unlisted = wanted.filter(|name| !listed.iter().any(|listed| listed.name == **name));
    let unlisted = unlisted.map(|name| Listed { name: name.to_owned(), ..Listed::default() });
    let mut known: Vec<Listed> = listed.iter().cloned().chain(unlisted).collect();
    known.dedup();
    let mut found = Vec::new();
    // What is surely meant is taken first, so that what is left can only be the others.
    for fits in [is_exact, is_told_apart, is_same, is_renamed] {
        known.retain(|listed| {
            let at = left.iter().position(|(tool, own)| fits(listed, tool, own, server));
            let taken = at.map(|at| left.remove(at).0.clone());
            let tool = listed.name.clone();
            found.extend(taken.into_iter().map(|offered| Offer { offered, tool: tool.clone() }));
            !found.iter().any(|offer: &Offer| offer.tool == tool)
        });
    }
    let others = left.into_iter().map(|(tool, own)| Offer { offered: tool.clone(), tool: own });
    found.into_iter().chain(others).collect()
}

/// The part of its name that is not the server's; none for a tool that is not the server's.
fn own_name(tool: &Tool, server: &str) -> Option<String> {
    let server = plain(server);
    if let Some(space) = &tool.namespace {
        let space = plain(space);
        let space = space.trim_end_matches('_');
        let is_servers = space == format!("mcp__{server}").trim_end_matches('_') || space == server;
        return is_servers.then(|| tool.name.clone());
    }
    let whole = plain(&tool.name);
    let prefixes = ["mcp__%__", "mcp_%_", "%__", "%_"].map(|form| form.replace('%', &server));
    let prefix = prefixes.iter().find(|prefix| whole.starts_with(prefix.as_str()))?;
    // A plain name has as many characters as the name that it is made of.
    Some(tool.name.chars().skip(prefix.chars().count()).collect())
}

fn is_exact(listed: &Listed, _: &Tool, own: &str, _: &str) -> bool {
    listed.name == own
}

/// Names that become one get tails, and only what is said of a tool tells which it is.
fn is_told_apart(listed: &Listed, tool: &Tool, own: &str, server: &str) -> bool {
    let begins = tool.description.trim().starts_with(listed.description.trim());
    let told = !listed.description.trim().is_empty() && begins;
    told && (is_same(listed, tool, own, server) || is_renamed(listed, tool, own, server))
}

fn is_same(listed: &Listed, _: &Tool, own: &str, _: &str) -> bool {
    same_name(&listed.name, own)
}

/// A name that was cut, or got a tail.
fn is_renamed(listed: &Listed, tool: &Tool, own: &str, server: &str) -> bool {
    is_alias_of(&format!("{server}_{own}"), server, &listed.name)
        || is_alias_of(&tool.alias(), server, &listed.name)
}

/// A name with an underscore for every character that is neither letter nor digit.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(namespace: Option<&str>, name: &str, description: &str) -> Tool {
        let namespace = namespace.map(str::to_owned);
        Tool { namespace, name: name.into(), description: description.into() }
    }

    fn found(tools: &[Tool], server: &str, wanted: &str) -> Option<String> {
        let all = offers(tools, server, &[], [wanted].into_iter());
        all.into_iter().find(|offer| offer.tool == wanted).map(|offer| offer.offered.name)
    }

    #[test]
    fn a_tool_is_found_by_the_name_that_each_agent_gives_it() {
        for name in [
            "mcp__my-stack__list-all",
            "mcp__my_stack__list_all",
            "mcp_my-stack_list-all",
            "my-stack_list-all",
            "my-stack-list-all",
            "my_stack__list_all",
        ] {
            let tools = ["shell", "mcp__other__list-all", name].map(|name| tool(None, name, ""));
            assert_eq!(found(&tools, "my-stack", "list-all").as_deref(), Some(name));
            assert_eq!(found(&tools, "my-stack", "grep"), None);
        }
        for space in ["mcp__stack__", "mcp__stack", "stack"] {
            let tools = [tool(Some("mcp__stacks__"), "a_b", ""), tool(Some(space), "a_b", "")];
            let all = offers(&tools, "stack", &[], ["a.b"].into_iter());
            assert_eq!(all, [Offer { offered: tools[1].clone(), tool: "a.b".into() }]);
        }
    }

    #[test]
    fn a_name_that_was_cut_is_found_by_its_beginning() {
        let long = "a_tool_with_a_name_that_is_much_too_long_for_the_programming_interface";
        let cut = format!("mcp__stack__{}{}", &long[..39], "0123456789abc");
        let tools = [tool(None, &cut, ""), tool(None, "mcp__stack__a_tool", "")];
        assert_eq!(found(&tools, "stack", long), Some(cut));
    }

    #[test]
    fn names_that_become_one_are_told_apart_by_what_is_said_of_them() {
        let tools = [
            tool(Some("mcp__stack"), "dup_name_99a5516aff7c", "The second."),
            tool(Some("mcp__stack"), "dup_name_cd955e319bc4", "The first."),
        ];
        let listed = [("dup-name", "The first."), ("dup_name", "The second.")]
            .map(|(name, said)| Listed { name: name.into(), description: said.into() });
        let all = offers(&tools, "stack", &listed, ["dup-name"].into_iter());
        let names: Vec<_> = all.iter().map(|o| (o.tool.as_str(), &*o.offered.name)).collect();
        let expected =
            [("dup-name", "dup_name_cd955e319bc4"), ("dup_name", "dup_name_99a5516aff7c")];
        assert_eq!(names, expected);
        // Without a word of either, each is one of the two.
        let silent = listed.map(|listed| Listed { description: String::new(), ..listed });
        assert_eq!(offers(&tools, "stack", &silent, [].into_iter()).len(), 2);
    }
}
