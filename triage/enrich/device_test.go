package enrich

import (
	"strings"
	"testing"

	"readback/triage"
)

func TestDeviceFromUserAgent(t *testing.T) {
	for ua, want := range map[string]string{
		"": "",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0":                                                                             "browser=Firefox 128 os=Windows 10 or later",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36":                                              "browser=Chrome 126 os=Windows 10 or later",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.87":                            "browser=Edge 126 os=Windows 10 or later",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15":                                        "browser=Safari 17 os=macOS 10.15 or later",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36":                                              "browser=Chrome 126 os=Android, version unknown device=unknown",
		"Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36":                   "browser=Samsung Internet 25 os=Android 14 device=SM-S918B",
		"Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36 EdgA/126.0.2592.80":                     "browser=Edge 126 os=Android 13 device=Pixel 7",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 EdgiOS/126.0.2592.86 Mobile/15E148 Safari/604": "browser=Edge 126 os=iOS 17.5.1 device=iPhone",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1":               "browser=Chrome 126 os=iOS 17.5 device=iPhone",
		"Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0":                                                                                         "browser=Firefox 127 os=Android 14",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 OPR/112.0.0.0":                                          "browser=Opera 112 os=Linux x86_64",
		"Mozilla/5.0 (Linux; Android 12; SM-T870 Build/SP1A.210812.016; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.71 Safari/537.36":     "browser=Android WebView 126 os=Android 12 device=SM-T870",
	} {
		if got := show(Device(triage.Device{UserAgent: ua})); got != want {
			t.Errorf("%s\n got %s\nwant %s", ua, got, want)
		}
	}
}

func TestDeviceHintsWin(t *testing.T) {
	d := triage.Device{
		UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
		Hints: map[string]string{
			"sec-ch-ua":                  `"Not/A)Brand";v="8", "Chromium";v="126", "Google Chrome";v="126"`,
			"Sec-CH-UA-Platform":         `"Windows"`,
			"Sec-CH-UA-Platform-Version": `"15.0.0"`,
		},
	}
	if got, want := show(Device(d)), "browser=Chrome 126 os=Windows 11"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What the User-Agent froze is told by the hints that the widget asks for.
func TestDeviceFrozen(t *testing.T) {
	d := triage.Device{UserAgent: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
		Hints: map[string]string{"Sec-Ch-Ua-Platform": `"Android"`}}
	if got, want := show(Device(d)), "browser=Chrome 126 os=Android, version unknown device=unknown"; got != want {
		t.Errorf("asked for nothing: got %s, want %s", got, want)
	}
	d.Hints["Sec-Ch-Ua-Platform-Version"], d.Hints["Sec-Ch-Ua-Model"] = `"14.0.0"`, `"Pixel 8"`
	if got, want := show(Device(d)), "browser=Chrome 126 os=Android 14 device=Pixel 8"; got != want {
		t.Errorf("asked: got %s, want %s", got, want)
	}
}

func FuzzDevice(f *testing.F) {
	f.Add("Mozilla/5.0 (Linux; Android 10; K)", `"Chromium";v="1"`)
	f.Fuzz(func(t *testing.T, ua, hint string) {
		for _, fact := range Device(triage.Device{UserAgent: ua, Hints: map[string]string{"Sec-CH-UA": hint}}) {
			if strings.TrimSpace(fact.Value) == "" {
				t.Errorf("empty %s", fact.Kind)
			}
		}
	})
}

func show(facts []triage.DeviceFact) string {
	var parts []string
	for _, f := range facts {
		parts = append(parts, string(f.Kind)+"="+f.Value)
	}
	return strings.Join(parts, " ")
}
