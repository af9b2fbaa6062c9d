import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";

import { Button, Card, DataTable, EmptyState, PageHeader } from "@/components";
import { useCan } from "@/lib/session";

import { rulesQuery } from "./queries";
import { RuleEditor } from "./rule-editor";
import { RuleList } from "./rule-list";
import { TestCard } from "./test-card";
import { useRuleWords } from "./words";

const route = getRouteApi("/shell/rules");

/** The organization's own classification rules: the list, or one of them. */
export function RulesPage() {
  const { t } = useRuleWords();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(rulesQuery);
  const may = useCan()("rules:write");
  const rules = query.data?.items;
  const chosen = rules?.find((each) => each.id === search.rule) ?? null;
  if (may && rules && (search.rule === "new" || chosen)) {
    return (
      <RuleEditor
        key={search.rule}
        rule={chosen}
        rules={rules}
        facts={search}
        onClose={() => void navigate({ search: {} })}
      />
    );
  }
  const begin = () => void navigate({ search: { rule: "new" } });
  return (
    <>
      <PageHeader
        title={t("title")}
        description={t("lead")}
        actions={
          <Button look="primary" icon="plus" disabled={!may || !rules || rules.length >= 200} onClick={begin}>
            {t("list.new")}
          </Button>
        }
      />
      {!may && <p className="-mt-3 mb-5 text-sm text-ink-soft">{t("readOnly")}</p>}
      <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-[minmax(0,5fr)_minmax(18rem,3fr)]">
        <Card flush>
          {rules && rules.length > 0 ? (
            <RuleList rules={rules} may={may} onOpen={(id) => void navigate({ search: { rule: id } })} />
          ) : (
            <DataTable
              caption={t("title")}
              columns={[{ key: "name", header: t("title"), cell: () => null }]}
              rows={rules}
              rowId={(rule) => rule.id}
              error={query.error}
              onRetry={() => void query.refetch()}
              empty={
                <EmptyState
                  icon="filter"
                  title={t("list.empty")}
                  action={
                    <Button look="primary" icon="plus" disabled={!may} onClick={begin}>
                      {t("list.new")}
                    </Button>
                  }
                >
                  {t("list.emptyText")}
                </EmptyState>
              }
            />
          )}
        </Card>
        <TestCard draft={null} position={null} may={may} />
      </div>
    </>
  );
}
