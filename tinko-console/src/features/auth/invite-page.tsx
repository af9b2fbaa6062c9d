import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";

import { Banner, Button, QueryView, TextLink, toast, useProblemText } from "@/components";
import { api, dataOf, isProblem, type Schemas } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";
import { leave, meQuery } from "@/lib/session";

import { AcceptForm } from "./accept-form";
import { Frame } from "./frame";
import { useLinkToken } from "./token";

type Invitation = Schemas["InvitationByToken"];

const invitationQuery = (token: string) =>
  queryOptions({
    queryKey: ["invitation", token],
    retry: false,
    // Accepting it uses it up; what was read stays until the page is left.
    staleTime: "static",
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/invitations/by_token/{token}", { params: { path: { token } }, signal })),
  });

export function InvitePage() {
  const token = useLinkToken();
  return token === null ? <NotUsable why="noToken" /> : <Invited token={token} />;
}

function NotUsable({ why }: { why: "noToken" | "gone" }) {
  const t = useTranslations("auth");
  return (
    <Frame title={t("invite.title")} below={<TextLink to="/sign-in">{t("signIn.title")}</TextLink>}>
      <div role="alert">
        <Banner tone="warn">{t(`invite.${why}`)}</Banner>
      </div>
    </Frame>
  );
}

function Invited({ token }: { token: string }) {
  const t = useTranslations("auth");
  const query = useQuery(invitationQuery(token));
  const { data: me } = useQuery(meQuery);
  if (isProblem(query.error, "invitation_gone")) return <NotUsable why="gone" />;
  return (
    <QueryView query={query}>
      {(invitation) => (
        <Frame
          title={t("invite.join", { organization: invitation.organization_name })}
          description={t("invite.description", {
            inviter: invitation.invited_by_name,
            email: invitation.email,
            role: t(`roles.${invitation.role}`),
          })}
        >
          {me && me.user.email !== invitation.email && <AnotherPerson email={me.user.email} />}
          {(me === null || me?.user.email === invitation.email) && (
            <AcceptForm token={token} invitation={invitation} signedIn={me !== null} />
          )}
        </Frame>
      )}
    </QueryView>
  );
}

/** An invitation is for its address alone. */
function AnotherPerson({ email }: { email: Invitation["email"] }) {
  const t = useTranslations("auth");
  const text = useProblemText();
  const client = useQueryClient();
  const signOut = () => {
    leave(client).catch((error: unknown) =>
      toast(text(error instanceof Error ? error : new Error()), { tone: "bad" }),
    );
  };
  return (
    <div className="flex flex-col gap-4">
      <Banner tone="warn">{t("invite.other", { email })}</Banner>
      <Button wide onClick={signOut}>
        {t("invite.signOut")}
      </Button>
    </div>
  );
}
