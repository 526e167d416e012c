package offline

import "strings"

func english() *grammar {
	irregular := wordSet("did made set put ran took wrote sent built read chose gave kept left reset let spoke went redid rebuilt rewrote cut done gone taken written sent chosen given spoken got bought broke brought held withdrew drew split paid shut dug hit begun")
	plain := wordSet("need embed feed speed indeed red bed used-to sped led shed seed united limited advanced related so-called based dedicated expected attached")
	ed := func(w string) bool {
		if !strings.Contains(w, "ed") {
			return false
		}
		for _, part := range strings.Split(w, "/") { // removed/re-added
			if len(part) > 3 && strings.HasSuffix(part, "ed") && !plain[part] && !strings.ContainsAny(part, "_0123456789") {
				return true
			}
		}
		return false
	}
	openers := wordSet("did made ran went sent wrote took redid rebuilt rewrote done got") // unlike put, never an imperative
	return &grammar{
		lang:  "en",
		first: wordSet("i we"),
		third: wordSet("you he she they it support agent agents hoster provider google who nobody everyone somebody someone"),
		mine:  wordSet("my our"),
		own:   wordSet("team colleague colleagues developer developers dev devs admin engineer engineers it ops webmaster agency partner boss husband wife son daughter brother sister friend neighbour neighbor grandson"),

		preposition: wordSet("at to from with by for of on in about via behind"),
		skip:        wordSet("obviously already also then just even now both all only finally actually recently definitely successfully since ever still previously first next later yesterday today again been have had has double then afterwards too as apparently of well therefore have do did literally really simply personally once"),
		not:         wordSet("neither nor not never no cannot nothing none"),
		perfect:     wordSet("have had"),
		be:          wordSet("am is are was were be been looks seems stays sit sits stand stands"),
		future:      wordSet("will shall going plan planning about intend tomorrow soon"),
		wish:        wordSet("would should could might must want wanted need needed wish may supposed wanting hoping able-to"),
		able:        wordSet("can able could"),
		offer:       wordSet("post submit attach record make do test write contact switch move share send provide give offer help live understand imagine only tell show"),
		attempt:     phrases("try,tried,trying,attempt"),
		presses:     wordSet("click press hit open choose select pick submit save enter type paste upload run create add try"),
		habitual:    wordSet("check try run test ping curl query connect"),

		past:   func(w string) bool { return ed(w) || irregular[w] },
		finite: func(w string) bool { return ed(w) || openers[w] },
		participle: func(w string) bool {
			return ed(w) || irregular[w] || w == "pointing" || w == "setup" || w == "tried" || w == "on"
		},
		gerund:     func(w string) bool { return len(w) > 5 && strings.HasSuffix(w, "ing") },
		notAct:     phrases("though,thought,want,need,hope,expect,notice,receiv,realiz,realis,underst,believ,wonder,assum,felt,knew,was,were,discover,figur,heard,appreciat,like,lost,forgot,neglect,fail,miss,encounter,experienc,seem,guess,decid,plann,intend,struggl,happen,said,told,mention,explain,state,answer,replied,reply,suggest,advis,hired,prefer,worr,agree,suppos,came,faced,ended,wish,had,thank,attach,includ,block,reject,bounc,confus,concern,stuck,charged,billed,surpris,interest,excit,pleas,disappoint,frustrat,tired,left,live,learn,mean,meant,recommend,redirect,requir,call-,depend,point-,report,show,appear,indicat,refus,let,describ"),
		background: phrases("moved,migrat,bought,got,join,develop,start"),
		undo:       phrases("remov,revert,undid,undone,rolled,delet,disabl,deactivat,dropped,withdrew"),
		present:    wordSet("is are"),
		determiner: wordSet("the a an my our this that it"),
		base:       wordSet("make do put get build"),
		imperative: wordSet("switch turn flip put keep leave get make have set go let please just"),
		complete:   phrases("add,enabl,activat,configur,set,setup,install,verif,updat,migrat,creat,turned,switch,publish,issu,renew,generat,complet,finish,implement,deploy,pointed,pointing,authoriz,authoris,register,connect,validat,authenticat,done,proxied,logged,secured,upload,confirm,chang,remov,fixed,solved,delegat,resolv,propagat,whitelist,regist,delet,revok,rotat,order,paid,sign,touch,enter"),
		state:      wordSet("yes on active live valid ready enabled right correct good fine okay ok green behind via served done ticked trusted there"),
		works:      wordSet("works worked working succeeded succeeds points resolves passes passing passed verifies"),
		succeeds:   wordSet("arrive arrives arrived arriving load loads loaded loading fine ok okay normally normal connect connects stays runs returns perfectly"),
		noTrouble:  phrases("no problem,no problems,no issue,no issues,without problems,without issues,without any problem,without any issues,no trouble,without errors,without any errors,without error,no errors"),
		contrast:   phrases("other,others,another,else,same,exact,without,only,locally,elsewhere,all other,except,older,newer,previous,old,different,directly,straight,outside,fresh,clean,incognito,private,manually,instead,alone,disabled,enabled,wired"),

		infinitive: wordSet("to"),
		tight:      wordSet("on behind via there"),
		cut:        wordSet("and but however so because since while although though then when whenever if whether unless until after before where which who as plus yet whereas or once & including"),
		and:        wordSet("and then plus & or nor"),
		hyp:        wordSet("if before unless whether should would could assuming suppose provided"),
		relative:   wordSet("which who that where whose"),
		when:       wordSet("when whenever once while"),
		after:      wordSet("after by including besides"),
		onset:      wordSet("since"),
		began:      phrases("broke,began,begin,start,stopped,stops,happen,occur,appear,crashes,crashed,fails,failed"),
		ask:        wordSet("do does did is are was were can could should would will what why how which where who has have any shall may am"),
		surely:     phrases("definitely,certainly,for sure"),
		hedge:      wordSet("apparently maybe perhaps probably possibly guess presumably suspect supposedly allegedly reportedly almost nearly"),
		unsure:     phrases("here is,here are,no doubt,it seems,seems that,seems to,seems like,looks like,appears that,docs say,docs state,documentation says,article says,page says,guide says,support says,you say,not true,imagine,i wish,we wish,pretend,i hope,we hope,i guess,we guess,i assume,we assume,i suppose,we suppose,i think,we think,i believe,we believe,not sure,not certain,unsure,do not think,not think,do not believe,no idea,do not know,not know,not remember,cannot tell,can not tell"),
		pronoun:    wordSet("it them this that"),

		failed:   phrases("still,didn't help,did not help,does not help,not help,no luck,no success,without success,without any success,to no avail,in vain,same issue,same problem,same error,same result,same thing,nothing changed,nothing changes,nothing happened,nothing happens,does not work,did not work,not working,no longer works,failed,fails,keeps,persists,persist,no effect,no difference,remains,continues to,without any luck,never works,no change,same message,same story,no change,no joy,no help,nope,no avail,not solve,not fix,an error,impossible,no result,but others do not,not resolve"),
		failedBy: phrases("none of,nothing helped,nothing helps,nothing works,nothing worked,no luck,no success,without success,to no avail,in vain,did not help,same issue,same problem,same error,same result,issue remains,problem remains,issue persists,problem persists,error persists,nothing changed,no effect,no difference,not help,no joy,stumped,still,keeps,at a loss,out of ideas"),
		useless:  phrases("not help,no effect,no difference,changed nothing,not fix,not solve,not work,not do anything,does nothing,did nothing,no avail,no use,not change anything,not make a difference,not resolve"),
		yet:      phrases("yet,so far,until now,up to now"),
		open:     phrases("missing,have no,do not have,there is no,there are no,still need,still needs,still have to,yet to,not yet,outstanding,left to do,remains to be,pending,is next,is left"),
		inPlace:  phrases("in place,in front of,behind a,behind our,behind the,behind cloudflare"),
		solved:   phrases("the fix is,the fix was,the solution is,the solution was,turns out,turned out,solved it,fixed it,that solved,that fixed,this solved,this fixed,did it,did the trick,solved the,fixed the,is solved,is resolved,is fixed now,resolved it,resolved the"),

		troubleshoot: phrases("tried,trying,try,clear,restart,reboot,reinstall,re-install,flush,refresh,asked,ask,called,contact,request,nuked,removed/re-added,emailed,phoned,wiped,purged"),
		remedy:       phrases("re-,restor,lower,rais,kill,increas,decreas,swap,disconnect,reconnect,turned,reupload,roll,revert,exchang,regenerat,rotat,reissu,unlink,power,rejoin,relink,remov,delet,disabl,reset,chang,switch,updat,upgrad,uninstall,unplug,relog,logg,replac,repair,used,recreat,re-creat,re-add,downgrad,allow"),
		looks:        phrases("look,search,inspect,compar,verif,confirm"),
		check:        phrases("verif,confirm,check,test,compar,double-check,inspect,look,valid,debug,search"),

		triedHeading:   phrases("tried,attempted,already done,done so far,did so far,have done,what i did,what we did,steps taken,troubleshooting,what changed,we did,i did,done:,completed:,status"),
		checkedHeading: phrases("verified,checked,confirmed,made sure,double checked,double-checked"),
		attemptHeading: phrases("tried,troubleshooting,attempted"),
		openHeading:    phrases("not tried,not done,not yet,yet to try,still to try,could try,not attempted,untested"),
		nothing:        phrases("gone,nope,nothing,no,fail,dead,none,again,worse,same"),
		fine:           phrases("ok,okay,fine,back,works,worked,good,success,fixed,solved,yes"),
		allSteps:       phrases("all steps,all the steps,all of the steps,every step,each step,all three steps,all 3 steps,all four steps,all 4 steps,all two steps,all our steps,all my steps,all three,the three steps,three steps,all of it,all of that,all of this,all that,everything in,everything from,everything the,everything on,everything that,everything you,everything is done,everything is set up,everything is in place,everything is ready,everything is configured,we are all set,everything listed,did everything,done everything,all done,the whole guide,whole procedure,entire guide,full guide,to the letter,step by step,all points,all your steps,all your instructions,customer steps,our part,our side is done,our side is finished,our side is complete,our side is ready,the steps from,the steps in,the steps on"),
		except:         phrases("except,apart from,but not,other than,everything but,all but"),
		guide:          phrases("guide,docs,tip,thread,topic,documentation,article,tutorial,instructions,manual,help,knowledge,walkthrough,troubleshooting,how-to,faq,readme"),
		onlyReading:    phrases("read,went,gone,consult,studied,looked"),
		reading:        phrases("read,follow,went through,gone through,consult,worked through,according,checked,tried,studied,looked at,from,per,did,done,completed,as described,based on,using"),
	}
}
