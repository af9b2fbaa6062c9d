import { useState } from "react";

import { Badge, ConfirmDialog, IconButton, Icon, Menu, MenuItem, toast, useProblemText } from "@/components";
import { cx } from "@/lib/cx";

import { useDeleteRule, useOrderRules, useSwitchRule, type Rule } from "./queries";
import { moved, type Match } from "./terms";
import { RuleSwitch } from "./rule-switch";
import { useDrag } from "./use-drag";
import { useRuleWords } from "./words";

/** The rules in order; the first that fits decides. */
export function RuleList({
  rules,
  may,
  onOpen,
}: {
  rules: readonly Rule[];
  may: boolean;
  onOpen: (id: string) => void;
}) {
  const { t } = useRuleWords();
  const problem = useProblemText();
  const order = useOrderRules();
  const remove = useDeleteRule();
  const [said, setSaid] = useState("");
  const [deleting, setDeleting] = useState<Rule | null>(null);
  const move = (from: number, to: number) => {
    const rule = rules[from];
    if (!rule || to < 0 || to >= rules.length) return;
    order.mutate(
      moved(rules, from, to).map((each) => each.id),
      { onError: (error) => toast(problem(error), { tone: "bad" }) },
    );
    setSaid(t("list.moved", { name: rule.name, place: to + 1, count: rules.length }));
  };
  const { drag, row, grip } = useDrag(move);
  return (
    <>
      <p role="status" className="sr-only">
        {said}
      </p>
      <ol className="divide-y divide-line">
        {rules.map((rule, index) => (
          <li
            key={rule.id}
            ref={row(index)}
            style={drag?.from === index ? { transform: `translateY(${drag.by}px)` } : undefined}
            className={cx(
              "relative flex items-start gap-2 bg-surface px-3 py-3 first:rounded-t-card last:rounded-b-card sm:px-4",
              drag?.from === index && "z-10 rounded-control shadow-raised",
              drag?.to === index && drag.from > index && "border-t-2 !border-t-accent-text",
              drag?.to === index && drag.from < index && "border-b-2 !border-b-accent-text",
            )}
          >
            <span
              {...(may ? grip(index) : {})}
              aria-hidden="true"
              title={t("list.drag")}
              className={cx(
                "grid size-8 shrink-0 touch-none place-items-center text-ink-faint select-none max-sm:hidden",
                may && "cursor-grab active:cursor-grabbing",
              )}
            >
              <Icon name="grip" />
            </span>
            <span className="grid size-7 shrink-0 place-items-center rounded-full bg-sunken text-xs font-semibold text-ink-soft tabular-nums">
              {index + 1}
            </span>
            <Said rule={rule} may={may} onOpen={() => onOpen(rule.id)} />
            <span className="flex shrink-0 items-center gap-0.5">
              <span className="hidden sm:contents">
                <IconButton
                  icon="arrow-up"
                  size="sm"
                  label={t("list.up", { name: rule.name })}
                  disabled={!may || index === 0}
                  onClick={() => move(index, index - 1)}
                />
                <IconButton
                  icon="arrow-down"
                  size="sm"
                  label={t("list.down", { name: rule.name })}
                  disabled={!may || index === rules.length - 1}
                  onClick={() => move(index, index + 1)}
                />
              </span>
              <Toggle rule={rule} may={may} />
              <Menu
                trigger={
                  <IconButton
                    icon="more"
                    size="sm"
                    label={t("list.more", { name: rule.name })}
                    disabled={!may}
                  />
                }
              >
                <MenuItem icon="pencil" onSelect={() => onOpen(rule.id)}>
                  {t("list.edit")}
                </MenuItem>
                <MenuItem icon="arrow-up" disabled={index === 0} onSelect={() => move(index, 0)}>
                  {t("list.toTop")}
                </MenuItem>
                <MenuItem icon="arrow-up" disabled={index === 0} onSelect={() => move(index, index - 1)}>
                  {t("list.oneUp")}
                </MenuItem>
                <MenuItem
                  icon="arrow-down"
                  disabled={index === rules.length - 1}
                  onSelect={() => move(index, index + 1)}
                >
                  {t("list.oneDown")}
                </MenuItem>
                <MenuItem icon="trash" danger onSelect={() => setDeleting(rule)}>
                  {t("list.delete")}
                </MenuItem>
              </Menu>
            </span>
          </li>
        ))}
      </ol>
      {deleting && (
        <ConfirmDialog
          open
          onOpenChange={(open) => !open && setDeleting(null)}
          title={t("delete.title", { name: deleting.name })}
          confirm={t("delete.confirm")}
          onConfirm={async () => {
            await remove.mutateAsync(deleting.id);
            toast(t("delete.done", { name: deleting.name }));
          }}
        >
          <p>{t("delete.text")}</p>
        </ConfirmDialog>
      )}
    </>
  );
}

function Toggle({ rule, may }: { rule: Rule; may: boolean }) {
  const { t } = useRuleWords();
  const problem = useProblemText();
  const change = useSwitchRule();
  return (
    <RuleSwitch
      label={t("list.enabled", { name: rule.name })}
      checked={rule.enabled}
      disabled={!may}
      onChange={(enabled) =>
        change.mutate(
          { id: rule.id, enabled },
          {
            onSuccess: () => toast(t(enabled ? "list.nowOn" : "list.nowOff", { name: rule.name })),
            onError: (error) => toast(problem(error), { tone: "bad" }),
          },
        )
      }
    />
  );
}

function Said({ rule, may, onOpen }: { rule: Rule; may: boolean; onOpen: () => void }) {
  const words = useRuleWords();
  const { t } = words;
  const match = rule.match as Match;
  return (
    <div className="min-w-0 flex-1">
      <p className="text-sm font-medium">
        {may ? (
          <button type="button" className="min-h-6 text-left hover:underline" onClick={onOpen}>
            {rule.name}
          </button>
        ) : (
          rule.name
        )}
        {!rule.enabled && (
          <span className="ml-2 inline-block">
            <Badge icon="pause">{t("list.off")}</Badge>
          </span>
        )}
      </p>
      <p className="mt-1 flex flex-wrap gap-1.5 text-xs">
        {words.conditionsOf(match).map((name) => (
          <span key={name} className="rounded-md bg-sunken px-1.5 py-0.5 text-ink-soft">
            {words.conditionName(name)}{" "}
            <span className="font-medium break-all text-ink">{words.conditionValue(name, match)}</span>
          </span>
        ))}
      </p>
      <p className="mt-1 flex flex-wrap items-center gap-x-1.5 text-xs text-ink-soft">
        <Icon name="arrow-right" size={13} />
        <span className="font-medium text-ink">{words.category(rule.then.category)}</span>
        <span>{words.hardness(rule.then.hardness)}</span>
        {rule.then.retry !== undefined && <span>· {words.retry(rule.then.retry)}</span>}
      </p>
    </div>
  );
}
