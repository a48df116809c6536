//! The handler of requests: what the gateway answers to its clients.

use std::sync::Arc;
use std::time::Instant;

use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ErrorData, ListToolsResult, PaginatedRequestParams,
    ServerCapabilities, ServerConfig, SubscriptionFilter,
};
use rmcp::service::{NotificationContext, RequestContext, RoleServer, SubscriptionContext};

use super::call::call;
use super::call_log::Asked;
use super::hub::Hub;

/// The MCP server that one client sees.
pub struct Handler {
    hub: Arc<Hub>,
}

impl Handler {
    /// A server of `hub`'s tools.
    pub fn new(hub: Arc<Hub>) -> Handler {
        Handler { hub }
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let capabilities =
            ServerCapabilities::builder().enable_tools().enable_tool_list_changed().build();
        ServerConfig::new(capabilities).with_server_info(self.hub.implementation())
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        self.hub.refresh();
        self.hub.settled().await;
        let tools = self.hub.list().into_iter().map(|listed| listed.tool).collect();
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let begun = Instant::now();
        self.hub.refresh();
        let called = call(&self.hub, &request.name, request.arguments.clone(), &context.ct).await;
        if let Some(log) = &self.hub.call_log {
            log.append(&asked(request, &context), &called, begun.elapsed());
        }
        called.answer.map(CallToolResponse::from)
    }

    /// A session is told of a changed list for as long as it lives.
    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let mut lists = self.hub.lists();
        tokio::spawn(async move {
            while lists.changed().await.is_ok() {
                if context.peer.notify_tool_list_changed().await.is_err() {
                    break;
                }
            }
        });
    }

    fn accepted_subscription_filter(
        &self,
        _requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(SubscriptionFilter::builder().tools_list_changed().build())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let mut lists = self.hub.lists();
        loop {
            tokio::select! {
                () = context.cancelled() => return Ok(()),
                changed = lists.changed() => {
                    let wanted = context.accepted().tools_list_changed == Some(true);
                    if changed.is_err()
                        || wanted && context.sink().notify_tool_list_changed().await.is_err()
                    {
                        return Ok(());
                    }
                }
            }
        }
    }
}

fn asked(request: CallToolRequestParams, context: &RequestContext<RoleServer>) -> Asked {
    let parts = context.extensions.get::<http::request::Parts>();
    let session = parts.and_then(|parts| parts.headers.get("mcp-session-id"));
    Asked {
        session: session.and_then(|value| value.to_str().ok()).map(str::to_owned),
        client: context.client_info(),
        tool: request.name.to_string(),
        arguments: request.arguments,
    }
}
