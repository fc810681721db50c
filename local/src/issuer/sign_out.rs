//! Signing out (`OpenID` Connect RP-Initiated Logout 1.0): the session of the user ends, and with it all
//! that the user granted.

use serde_json::Value;

use super::Issuer;
use super::authorization::form_text;
use super::endpoint::SIGN_OUT;
use crate::answer::Answer;
use crate::jws::Jws;
use crate::query;
use crate::server::Arrival;
use crate::sign_in::{
    People, check_host, check_same_origin, chosen, is_seen, nobody, notice, see_other,
};
use crate::stand_in::Desk;
use crate::users::Session;
use crate::wire::RequestHead;

impl Issuer {
    /// Signs the user of the ID token out, or asks who it is.
    pub(super) fn end_session(
        &self,
        head: &RequestHead,
        raw: &str,
        port: u16,
        desk: &Desk,
    ) -> Result<Answer, Answer> {
        check_host(head, port)?;
        let parameters = query::of_form(raw);
        let target = self.after_sign_out(&parameters)?;
        // The stand-in's tokens are the same on every machine, so that any site can know one.
        let hint = query::value(&parameters, "id_token_hint").filter(|_| is_seen(head));
        if let Some(id) = hint.and_then(|token| self.subject(token)) {
            return Ok(self.signed_out(&id, target, desk));
        }
        let people = People {
            title: format!("Sign out of {}", desk.name()),
            action: format!("{}{SIGN_OUT}?{raw}", self.path.trim_end_matches('/')),
            hint: query::value(&parameters, "logout_hint"),
            cancel: false,
            target: target.as_ref(),
        };
        Ok(people.page(&desk.users()))
    }

    /// The same of a request that comes as a form.
    pub(super) async fn end_session_by_form(
        &self,
        head: &RequestHead,
        request: Arrival,
        desk: &Desk,
    ) -> Result<Answer, Answer> {
        let port = request.port;
        let raw = form_text(head, request).await?;
        self.end_session(head, &raw, port, desk)
    }

    /// What comes of the choice on the page.
    pub(super) async fn sign_out(
        &self,
        head: &RequestHead,
        request: Arrival,
        desk: &Desk,
    ) -> Result<Answer, Answer> {
        check_same_origin(head, request.port)?;
        let target = self.after_sign_out(&query::of_form(head.path_and_query().1))?;
        let name = chosen(request, head).await?;
        let user = desk.user_of_name(&name).ok_or_else(nobody)?;
        Ok(self.signed_out(&user.id, target, desk))
    }

    fn signed_out(&self, id: &str, target: Option<reqwest::Url>, desk: &Desk) -> Answer {
        desk.set_session(id, Session::Ended);
        self.state().grants.forget(id);
        match target {
            Some(url) => see_other(url.as_str()),
            None => notice(200, "Signed out", "You can close this page."),
        }
    }

    /// Where to go then, with the application's `state`.
    fn after_sign_out(
        &self,
        parameters: &[(String, String)],
    ) -> Result<Option<reqwest::Url>, Answer> {
        let Some(uri) = query::value(parameters, "post_logout_redirect_uri") else {
            return Ok(None);
        };
        let mut url = self
            .allowed_target(uri)
            .map_err(|text| notice(400, "Nowhere to go back to", &text))?;
        if let Some(state) = query::value(parameters, "state") {
            url.query_pairs_mut().append_pair("state", state);
        }
        Ok(Some(url))
    }

    /// Whose ID token it is; one that has expired tells it as well (section 4 of the specification).
    fn subject(&self, token: &str) -> Option<String> {
        let token = Jws::read(token)?;
        let subject = token.claims.get("sub").and_then(Value::as_str)?.to_owned();
        self.state().keys.signed(&token).then_some(subject)
    }
}
