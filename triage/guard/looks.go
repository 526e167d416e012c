package guard

import (
	"readback/knowledge"
	"readback/triage"
)

// How a sentence says that a step does not hold, or that it does: without
// accents, in the languages whose steps are matched.
var (
	saysWrong = list("not,no,cannot,could not,unable,missing,wrong,invalid,incorrect,expired,does not,is not,are not,nie,brak,brakuje,bledny,niepoprawny,nieprawidlowy,nieprawidlowa,wygasl,nicht,kein,keine,keinen,fehlt,falsch,ungultig,abgelaufen,no esta,falta,incorrecto,invalido,caducado,ne,pas,manque,non,manca")
	saysRight = list("is correct,are correct,is set,are set,is in place,are in place,is verified,are verified,is valid,are valid,is active,looks good,look good,looks fine,is fine,is working,is done,works,is ok,is okay,points to,points at,is right,jest poprawny,jest poprawna,jest prawidlowy,jest prawidlowa,jest w porzadku,sa w porzadku,dziala,sa poprawne,jest ustawiony,jest ustawione,ist korrekt,ist gesetzt,ist aktiv,ist gultig,ist richtig,sieht gut,funktioniert,sind korrekt,esta correcto,esta correcta,esta activo,esta bien,funciona,es correcto,es correcta,es valido")
)

// unsaid are words of what the writer does not hold to be so now.
var unsaid = list("you say,you said,you wrote,will,once,would,wenn,sobald,jesli,gdy,si,cuando")

// contradicts finds statements on a step that a check saw otherwise.
func (k *check) contradicts() {
	if k.w.tongue == nil {
		return
	}
	for i := range k.w.clauses {
		c := &k.w.clauses[i]
		if c.mood != states && c.mood != ours || c.question || has(c.norm, unsaid) {
			continue
		}
		wrong, right := has(c.norm, saysWrong) || contains(c.text(k.w.text), []string{"ありません", "できません", "確認できません", "間違", "無効"}), has(c.norm, saysRight)
		if !wrong && !right {
			continue
		}
		for j := range k.c.Result.Matters {
			m := &k.c.Result.Matters[j]
			p := k.g.w.Procedure(m.Procedure)
			if p == nil || p.Status == knowledge.Draft {
				continue
			}
			for _, id := range k.steps(p, c) {
				k.contradicted(m, p, id, c, wrong)
			}
		}
	}
}

// contradicted adds the finding when every position that a clause is about
// was seen to be otherwise than it says.
func (k *check) contradicted(m *triage.Matter, p *knowledge.Procedure, id string, c *clause, wrong bool) {
	about := k.bindings(m, c)
	if len(about) == 0 {
		return
	}
	for _, pos := range about {
		s := pos.Step(id)
		if s == nil || wrong && !wasSeen(p, pos, s) || !wrong && s.Check != triage.Fail {
			return
		}
	}
	f := Finding{Kind: ContradictsCheck, Level: Hint, Draft: Span{c.start, c.end}, Steps: []string{id}, Code: "guard.seen_right",
		Evidence: k.claimed(m.ID, p, id), Params: map[string]string{"step": p.StepTitle(id, k.lang()), "inputs": triage.BindingText(about[0].Inputs)}}
	s := about[0].Step(id)
	switch {
	case !wrong:
		f.Code, f.Check = "guard.seen_wrong", k.look(m.ID, id, about[0].Inputs, triage.Fail)
		f.Params["seen"] = ""
		if f.Check == nil || s.State == triage.StepSuperseded {
			return
		}
		f.Params["seen"] = f.Check.Seen
	case s.State == triage.StepSuperseded:
		f.Code = "guard.seen_replaced"
		for i := range p.Steps {
			for _, r := range p.Steps[i].Replaces {
				if r == id {
					f.Params["later"] = p.StepTitle(p.Steps[i].ID, k.lang())
					f.Check = k.look(m.ID, p.Steps[i].ID, about[0].Inputs, triage.Pass)
				}
			}
		}
	default:
		if f.Check = k.look(m.ID, id, about[0].Inputs, triage.Pass); f.Check == nil {
			return
		}
	}
	f.Params["at"] = ""
	if f.Check != nil {
		f.Params["at"] = f.Check.ObservedAt.UTC().Format("15:04")
	}
	k.add(f)
}
