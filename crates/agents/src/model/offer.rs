//! The tools that an agent offers to its model, by whatever names its version gives them.

use serde_json::Value;

/// A tool of the stack as it was offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The namespace that it is in, for versions that have them.
    pub namespace: Option<String>,
    /// Its name there.
    pub name: String,
    /// The name that the gateway gives it, as far as that can be told.
    pub tool: String,
}

/// The offered tools that belong to `server`, in the body of a request.
pub fn of_server(body: &Value, server: &str) -> Vec<Offer> {
    let tools = body["tools"].as_array().into_iter().flatten();
    tools.flat_map(|tool| offers(tool, server)).collect()
}

/// The offer that is `tool`, for which a version may have had to shorten the name.
pub fn find<'a>(offers: &'a [Offer], server: &str, tool: &str) -> Option<&'a Offer> {
    let wanted = plain(tool);
    let exact = offers.iter().find(|offer| plain(&offer.tool) == wanted);
    exact.or_else(|| shortened(offers, &format!("mcp__{}__{wanted}", plain(server)), &wanted))
}

fn offers(tool: &Value, server: &str) -> Vec<Offer> {
    let name = tool["name"].as_str().unwrap_or_default();
    let server = plain(server);
    if let Some(inner) = tool["tools"].as_array() {
        let space = plain(name);
        let space = space.trim_end_matches('_');
        if space != format!("mcp__{server}").trim_end_matches('_') && space != server {
            return Vec::new();
        }
        let names = inner.iter().filter_map(|tool| tool["name"].as_str());
        let offer = |inner: &str| Offer {
            namespace: Some(name.to_owned()),
            name: inner.to_owned(),
            tool: inner.to_owned(),
        };
        return names.map(offer).collect();
    }
    let whole = plain(name);
    let prefix = format!("mcp__{server}__");
    // A plain name has as many characters as the name that it is made of.
    let own: Option<String> =
        whole.starts_with(&prefix).then(|| name.chars().skip(prefix.chars().count()).collect());
    let offer = |tool| Offer { namespace: None, name: name.to_owned(), tool };
    own.map(offer).into_iter().collect()
}

/// Names above the limit of the API end in a hash: what is left of them is the beginning.
fn shortened<'a>(offers: &'a [Offer], flat: &str, tool: &str) -> Option<&'a Offer> {
    const LONG: usize = 56;
    const ALIKE: usize = 20;
    let alike = |offer: &&Offer| {
        let wanted = if offer.namespace.is_some() { tool } else { flat };
        let space = offer.namespace.as_deref().unwrap_or_default();
        let name = plain(&offer.name);
        let same = name.chars().zip(wanted.chars()).take_while(|(a, b)| a == b);
        space.len() + offer.name.len() >= LONG && same.count() >= ALIKE
    };
    let mut found = offers.iter().filter(alike);
    found.next().filter(|_| found.next().is_none())
}

/// A name with an underscore for every character that is neither letter nor digit.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(tools: &Value, server: &str, tool: &str) -> Option<(Option<String>, String)> {
        let offers = of_server(&json!({"tools": tools}), server);
        find(&offers, server, tool).map(|offer| (offer.namespace.clone(), offer.name.clone()))
    }

    #[test]
    fn flat_names_are_found() {
        let tools = json!([
            {"type": "function", "name": "shell"},
            {"type": "function", "name": "mcp__my_stack__list_all"},
            {"type": "function", "name": "mcp__other__grep"},
            {"type": "web_search"},
        ]);
        let expected = (None, "mcp__my_stack__list_all".to_owned());
        assert_eq!(found(&tools, "my-stack", "list-all"), Some(expected));
        assert_eq!(found(&tools, "my-stack", "grep"), None);
        assert_eq!(of_server(&json!({"tools": tools}), "my-stack")[0].tool, "list_all");
    }

    #[test]
    fn names_in_namespaces_are_found() {
        for space in ["mcp__stack__", "mcp__stack", "stack"] {
            let tools = json!([
                {"type": "namespace", "name": "mcp__stacks", "tools": [{"name": "other"}]},
                {"type": "namespace", "name": space, "tools": [{"name": "a_b"}]},
            ]);
            let expected = (Some(space.to_owned()), "a_b".to_owned());
            assert_eq!(found(&tools, "stack", "a.b"), Some(expected));
            assert_eq!(found(&tools, "stack", "other"), None);
        }
    }

    #[test]
    fn a_name_that_was_shortened_is_found_by_its_beginning() {
        let tool = "a_tool_with_a_name_that_is_much_too_long_for_the_programming_interface";
        let flat = format!("mcp__stack__{}", &tool[..30]);
        let hashed = format!("{flat}{}", "0".repeat(64 - flat.len()));
        let tools = json!([{"name": hashed}, {"name": "mcp__stack__a_tool"}]);
        assert_eq!(found(&tools, "stack", tool), Some((None, hashed.clone())));
        let twice = json!([{"name": hashed}, {"name": format!("{}1", &hashed[..63])}]);
        assert_eq!(found(&twice, "stack", tool), None);
    }

    #[test]
    fn odd_offers_are_passed_over() {
        for tools in [json!(null), json!([1, null, {"name": 3}, {"tools": [{}]}])] {
            assert_eq!(found(&tools, "stack", "grep"), None);
        }
    }
}
