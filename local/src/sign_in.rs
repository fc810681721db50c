//! The page on which a person signs in to a stand-in: choose a user, go back with the user's token.
//!
//! `GET /sign-in?return_to=http://localhost:5173/cb` shows the users; the chosen one's token goes to that
//! address in the fragment, which a browser sends to no server. Without `return_to` the page shows it.

mod browser;
mod page;
mod target;

use crate::answer::{Answer, Outcome};
use crate::body;
use crate::query;
use crate::server::Arrival;
use crate::stand_in::{Desk, Provider, issue};
use crate::token::Validity;
use crate::users::Session;
use crate::wire::RequestHead;

pub(crate) use browser::{check_host, check_same_origin, is_seen};
pub(crate) use page::{People, escaped, notice};
pub(crate) use target::{is_loopback_origin, loopback};

/// The path of the page.
pub(crate) const PATH: &str = "/sign-in";

/// Whether a request is for this page.
pub(crate) fn is_asked_for(request: &Arrival) -> bool {
    let head = request.head.as_ref();
    head.is_some_and(|head| head.path_and_query().0 == PATH)
}

/// The page, or what comes of the choice on it.
pub(crate) async fn answer<P: Provider>(provider: &P, request: Arrival, desk: &Desk) -> Answer {
    let Some(head) = request.head.clone() else {
        return notice(400, "Not understood", "This is not a request.");
    };
    let answer = match head.method.as_str() {
        "GET" => ask(&head, request.port, desk),
        "POST" => decide(provider, &head, request, desk).await,
        _ => Err(notice(405, "Not understood", "Use GET or POST.").with("allow", "GET, POST")),
    };
    answer.unwrap_or_else(|refusal| refusal)
}

/// Where the person wants to go back to; `None` for nowhere.
fn return_to(head: &RequestHead) -> Result<Option<reqwest::Url>, Answer> {
    let parameters = query::of_form(head.path_and_query().1);
    match query::value(&parameters, "return_to") {
        None => Ok(None),
        Some(text) => match loopback(text) {
            Some(url) => Ok(Some(url)),
            None => Err(notice(
                400,
                "Nowhere to go back to",
                "<code>return_to</code> must be an address on this machine, such as \
                 <code>http://localhost:5173/cb</code>: a token is given to nobody else.",
            )),
        },
    }
}

fn ask(head: &RequestHead, port: u16, desk: &Desk) -> Result<Answer, Answer> {
    check_host(head, port)?;
    let target = return_to(head)?;
    let (_, raw) = head.path_and_query();
    let parameters = query::of_form(raw);
    let people = People {
        title: format!("Sign in to {}", desk.name()),
        action: format!("{PATH}?{raw}"),
        hint: query::value(&parameters, "login_hint"),
        cancel: false,
        target: target.as_ref(),
    };
    Ok(people.page(&desk.users()))
}

async fn decide<P: Provider>(
    provider: &P,
    head: &RequestHead,
    request: Arrival,
    desk: &Desk,
) -> Result<Answer, Answer> {
    let port = request.port;
    check_same_origin(head, port)?;
    let target = return_to(head)?;
    let name = chosen(request, head).await?;
    let id = desk.user_of_name(&name).ok_or_else(nobody)?.id;
    desk.set_session(&id, Session::Active);
    let user = desk.user_of_name(&name).ok_or_else(nobody)?;
    let token = issue(provider, desk, &user, Validity::Fresh, port)
        .map_err(|error| notice(500, "No token", &escaped(error.to_string())))?;
    let Some(mut target) = target else {
        return Ok(page::token(&name, &token));
    };
    // A token has nothing to encode.
    let provider = query::encoded(&desk.name());
    target.set_fragment(Some(&format!("token={token}&provider={provider}")));
    Ok(see_other(target.as_str()))
}

/// That the button pressed is of nobody, as when the users file was saved meanwhile.
pub(crate) fn nobody() -> Answer {
    notice(
        400,
        "Nobody",
        "There is no user of this name: go back and choose one.",
    )
}

/// The name of the user whose button was pressed; an empty one for none.
pub(crate) async fn chosen(request: Arrival, head: &RequestHead) -> Result<String, Answer> {
    let form = body::read_form(request.body, head).await;
    let form = form.map_err(|status| notice(status, "Not understood", "This is not the form."))?;
    Ok(query::value(&form, "user").unwrap_or_default().to_owned())
}

/// On to this address, with GET (RFC 9110 section 15.4.4).
pub(crate) fn see_other(url: &str) -> Answer {
    Answer::text(Outcome::Authenticated, 303, "")
        .with("location", url)
        .with("cache-control", "no-store")
        .with("referrer-policy", "no-referrer")
}
