package offline

import (
	"strings"
	"unicode"
)

// Japanese tells everything at the end of a clause: しました is done, していません
// is not done, します is planned. Clauses end at 、 and sentences at 。.

func japanese() *grammar {
	return &grammar{lang: "ja", past: never, finite: never, participle: never, gerund: never,
		guide: []string{"ガイド", "マニュアル", "手順書", "ヘルプ", "ドキュメント"}, reading: []string{"読み", "読んで", "確認", "従って"}}
}

// The endings and words that decide a clause, first match wins.
var japaneseVoices = []struct {
	voice  voice
	ends   []string
	within []string
}{
	{other, []string{"か", "ください", "下さい", "たいです", "たい", "ほしいです"}, []string{"お願い", "教えて", "でしょうか", "いただけ", "と思い", "かもしれ", "らしい", "とのこと", "と言われ", "によると", "はずです", "そうです", "必要", "サポートから", "担当者", "御社が", "貴社が", "お世話", "いつも", "はじめまして"}},
	{other, []string{"たら", "れば", "なら", "場合", "場合は"}, nil},
	{act, []string{"済みになりました", "済みになっています", "済みと出ています", "有効になりました"}, nil},
	{undone, []string{"まだです", "未設定です", "未対応です", "未完了です"}, []string{"まだして", "ていません", "ていない", "ておりません", "でいません", "でいない", "未設定", "未作成", "未公開", "未登録", "まだありません"}},
	{planned, nil, []string{"予定", "つもり", "これから"}},
	{other, []string{"ません", "ない", "ませんでした", "なかった"}, []string{"失敗", "エラー", "届きま", "受け取", "言われ", "されました", "止ま", "停止", "拒否", "なりました"}},
	{act, []string{"ました", "ております", "した", "済み", "済みです", "済です", "完了", "完了です"}, nil},
	{holds, []string{"ています", "ている", "てあります", "であります", "有効です", "有効", "正常です", "あります", "います", "入っています"}, nil},
	{planned, []string{"します", "行います", "する"}, nil},
}

// faultsJA are clauses that tell of a failure.
var faultsJA = []string{"できません", "できない", "動きません", "動かない", "失敗", "エラー", "通りません", "届きません", "拒否"}

// wholeJA are words that claim every step at once.
var wholeJA = []string{"すべての手順", "全ての手順", "全手順", "手順どおりに完了", "すべて完了", "全て完了", "すべて設定しました", "全て設定しました", "すべて設定済み", "全て設定済み"}

// japaneseClauses reads a sentence of chunks between commas.
func japaneseClauses(se *sentence) []clause {
	var out []clause
	for _, words := range chunksOf(se.words) {
		c := clause{se: se, words: words, about: writer}
		var b strings.Builder
		for _, w := range words {
			if !w.punct && (!w.quoted || strings.HasSuffix(w.low, "済み")) { // 「検証済み」になりました
				b.WriteString(w.low)
			}
		}
		text := b.String()
		c.norm = " " + text + " "
		c.failed = containsAny(text, faultsJA)
		if c.voice, c.verb = voiceJA(text); se.question {
			c.voice = other
		}
		out = append(out, c)
	}
	for i := len(out) - 2; i >= 0; i-- { // 書類は昨日、...提出済みです: what it is about stands before the comma
		if text := strings.TrimSpace(out[i].norm); out[i].voice == silent && out[i+1].voice != silent && !continuesJA(text) && strings.ContainsAny(text, "はをが") {
			out[i+1].words = se.words[indexOf(se.words, out[i].words[0]):indexAfter(se.words, out[i+1].words)]
			out[i+1].norm = " " + text + strings.TrimSpace(out[i+1].norm) + " "
			out = append(out[:i], out[i+1:]...)
		}
	}
	for i := len(out) - 2; i >= 0; i-- { // 追加し、...公開しました: both are done
		c := &out[i]
		if next := out[i+1].voice; c.voice == silent && (next == act || next == holds || next == planned) && continuesJA(strings.TrimSpace(c.norm)) {
			c.voice, c.verb = next, out[i+1].verb
		}
	}
	return out
}

func chunksOf(words []word) [][]word {
	var out [][]word
	start := 0
	for i, w := range words {
		if w.punct && (w.low == "、" || w.low == "。" || w.low == ",") && i > start {
			out = append(out, words[start:i])
			start = i + 1
		}
	}
	for start < len(words) && words[start].punct {
		start++
	}
	if start < len(words) {
		out = append(out, words[start:])
	}
	return out
}

// voiceJA decides by the ending, without the particles that join clauses.
func voiceJA(text string) (voice, string) {
	for _, particle := range []string{"のですが", "ですが", "けれども", "けれど", "けど", "ので", "から", "が"} {
		if cut, ok := strings.CutSuffix(text, particle); ok && len(cut) > 0 && particle != "ですが" {
			text = cut
			break
		}
	}
	for _, v := range japaneseVoices {
		for _, end := range v.ends {
			if strings.HasSuffix(text, end) {
				return v.voice, end
			}
		}
		for _, w := range v.within {
			if strings.Contains(text, w) {
				return v.voice, w
			}
		}
	}
	return silent, ""
}

// continuesJA reports whether a chunk ends in a form that shares the verb's
// tense of the next one.
func continuesJA(text string) bool {
	for _, end := range []string{"し", "て", "で", "り", "み", "き", "せ", "け", "れ", "え"} {
		if strings.HasSuffix(text, end) {
			return true
		}
	}
	return false
}

// isWide reports whether a rune belongs to a script written without spaces.
func isWide(r rune) bool {
	return r >= firstWide && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r == 'ー'
}

const firstWide = '\u2e80' // the first of the Chinese radicals; no such letter comes before

// wideTerms are the terms of a text without spaces: each run of Katakana or
// Latin letters is a word, Chinese characters go by pairs.
func wideTerms(text string) []term {
	var out []term
	var run []rune
	script := 0
	flush := func() {
		switch {
		case len(run) == 0:
		case script == scriptLatin:
			out = append(out, termsOf(string(run))...)
		case script == scriptKatakana && len(run) > 1:
			out = append(out, term{stem: string(run)})
		case script == scriptHan && len(run) > 1:
			for i := 0; i+1 < len(run); i++ {
				out = append(out, term{stem: string(run[i : i+2])})
			}
		}
		run = run[:0]
	}
	for _, r := range text {
		s := scriptOther
		switch {
		case unicode.Is(unicode.Han, r):
			s = scriptHan
		case unicode.Is(unicode.Katakana, r) || r == 'ー':
			s = scriptKatakana
		case !isWide(r) && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' || r == '.'):
			s = scriptLatin
		}
		if s != script {
			flush()
			script = s
		}
		run = append(run, r)
	}
	flush()
	return out
}

const (
	scriptOther = iota
	scriptLatin
	scriptKatakana
	scriptHan
)
