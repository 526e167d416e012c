package channel
import ("testing";"fmt";"strings";"time";"bytes")
func TestZZ(t *testing.T){
 for _,size:=range []int{50_000} {
 for _,d:=range []int{16,20,24,32,40,60} {
	var b strings.Builder
	b.WriteString("From: a@b.example\n")
	for i := range d {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=%s%d\n\n--%s%d\n", strings.Repeat("b", 60), i, strings.Repeat("b", 60), i)
	}
	b.WriteString("Content-Type: text/plain\n\n" + strings.Repeat("\n-", size/2))
	s:=time.Now()
	mailParser.ReadEnvelope(bytes.NewReader([]byte(b.String())))
	fmt.Println(size,d,time.Since(s))
 }}
}
