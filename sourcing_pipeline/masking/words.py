"""Word lists of the name rules: titles, given names, and words that are written with a capital and name
nobody.

The given names are the frequent ones of public birth statistics (US SSA, UK ONS, destatis prénoms/Vornamen,
INE), typed in as common knowledge; the rest was collected from support and developer texts. All are case-
folded.
"""


def word_set(text: str) -> frozenset[str]:
    """The words of a text that are parted by white space."""
    return frozenset(text.split())


TITLES = word_set(
    """mr mrs ms miss mx dr prof professor sir madam madame mme mlle monsieur herr frau fr señor señora senor
    senora sr sra srta don doña dona hr dipl ing mag dame lord lady rev captain sig sig.ra sig.na signor signora
    signore signorina dott dott.ssa dottore dottoressa mevrouw mevr mw meneer dhr heer senhor senhora"""
)

PARTICLES = word_set(
    "von van der den de del della di da dos das du la le el al bin ibn ben y e zu zum ter ten op af av st. of"
)

GIVEN_NAMES = word_set(
    """
    lukasz nnamdi owen rocio nuria
    aaron abby abdul abigail adam adrian agnes ahmed aisha alan albert alejandro alessandro alex alexander
    alexandra alexis alfred ali alice alicia alina alison allison amanda amber amelia amina amir amit amy
    ana anas andrea andreas andrei andrew angela angelika anika anita anja ann anna anne annette annika
    anthony antoine antonio arjun arthur asha ashley astrid aurelie ava axel barbara beatrice beatriz ben
    benjamin bernard bernd bernhard beth bettina bianca birgit bjorn björn bob bradley brandon brenda brian
    bridget brigitte bruno caitlin camille carla carlos carmen carol caroline catherine cecilia cedric
    celine charles charlie charlotte chen chiara chloe chris christian christiane christina christine
    christoph christopher cindy claire clara claudia claudio clemens colin connor craig cristina cynthia
    dagmar daniel daniela danielle david deborah debra denise dennis derek diana diane diego dieter dimitri
    dirk dmitri dominik dominique donald donna dorothy douglas eduardo edward elena eleanor eli elias
    elizabeth elena elke ella ellen elsa emily emma emmanuel enrique eric erik erika esther ethan eugene eva
    evelyn fabian fatima felipe felix fernando filip finn fiona florian francesca francesco francisco
    francois françois frank franz fred frederic friedrich fritz gabriel gabriela gabriele gareth gary george
    gerald gerhard giovanni giulia gloria gonzalo greg gregory greta guillaume gunter günter gustavo hannah
    hanna hans harald harold harry hassan heather heidi heike heinz helen helena helga helmut henrik henry
    herbert hiroshi holger howard hugo ian ibrahim igor ines ingrid irene irina isaac isabel isabella
    isabelle ivan jack jackie jacob jacqueline jacques jakob james jamie jan jana jane janet janine jason
    javier jean jeffrey jenna jennifer jens jeremy jerome jesse jessica jesus joachim joan joao jochen joe
    joel johan johanna johannes john johnny jonas jonathan jordan jorge jorg jörg jose josé josef joseph
    joshua juan judith julia julian juliana julie julien julio jurgen jürgen justin kai karen karin karl
    karl-heinz karolina katarina kate katharina katherine kathleen kathrin kathryn katja katrin kavita keith
    kelly kenji kenneth kerstin kevin kim klaus kristen kristin kristina krzysztof kumar kurt kyle lara
    larry lars laszlo laura lauren laurence laurent lea leila lena leo leon leonardo leonie leslie liam lina
    linda linh lisa liz lorenzo louis louise luc luca lucas lucia lucie lucy luis luisa lukas luke lydia
    magdalena maja malte manfred manuel manuela marc marcel marco marcos marcus margaret maria maría mariana
    marie marina mario marion marius mark markus marlene marta martha martin martina mary mateo mathias
    mathieu matteo matthew matthias maurice maximilian megan mehmet mei melanie melissa mia michael michaela
    michel michelle miguel mike milan mohamed mohammed mohammad moritz monica monika muhammad nadia nadine
    nancy natalia natalie natasha nathalie nathan nicholas nick nicola nicolas nicole niels nico nikolai
    nils nina noah nora norbert odile ola olaf oleg olga oliver olivia olivier omar oscar oskar otto pablo
    paola pascal patricia patrick paul paula paulo pavel pedro peter petra philip philipp philippe pierre
    pilar piotr priya rachel rafael rahul rainer raj rajesh ralf ramon raphael raquel raul ravi raymond
    rebecca regina renate rene renee ricardo richard rita robert roberto robin rodrigo roger roland ronald
    rosa rosalie ruben rudolf ruth ryan sabine sabrina sally salma sam samantha samir samuel sandeep sandra
    sandrine sanjay sara sarah sascha scott sean sebastian sergei sergio shannon sharon shirley silke silvia
    simon simone sofia sofie sonia sonja sophia sophie stefan stefanie stephan stephanie stephen steve
    steven sunita susan susanne suzanne svetlana sven sylvia sylvie tamara tanja tania tara tatiana terry
    theo theresa thierry thomas thorsten tim timo timothy tina tobias todd tom tomas tomasz toni tony
    torsten travis tristan tyler udo ulrich ulrike ursula uta ute uwe valentina valerie vanessa vera
    veronica veronika victor victoria viktor vincent virginie vladimir volker walter wang wei wendy werner
    wilhelm william wolfgang xavier yan yannick yasmin yolanda youssef yuki yusuf yvonne zachary zoe aiko
    akira alfonso álvaro alvaro amelie anders andrés andres angel anouk arnaud benoit benoît bastien cécile
    cecile céline chantal clément clement delphine didier élodie elodie émilie emilie fabien fabrice gaëlle
    geoffroy gérard gerard hélène helene hervé herve ignacio inés joaquín joaquin jérôme léa lucía luís
    marisol martín mercedes mónica nicolás óscar pepe ramón raúl rocío rosario sébastien sofía stéphane
    stéphanie thérèse tomás valérie véronique zoé aleksandra agnieszka kasia magda małgorzata ewa gudrun
    hildegard ilse jutta kirsten lieselotte siegfried torben anke antje britta carsten frauke gesine hartmut
    ingo jürg katrin kristian lothar marlies meike abigail adele adriana agata agatha aileen alejandra
    alessandra alessia alfredo alina alondra alyssa amparo anastasia andré andreea angelina angelique angelo
    annabel annalena annemarie antonella antonia antonina antonín apolonia ariana ariadna ariel armando arne
    arno arnold arturo asya augusto aurora barry bart beata bella benedikt berit berta bertha bettina
    birgitta bogdan boris bożena brad brent brett britney bryan caleb cameron candice carina carlotta
    carmela carole carolina carsten casey cassandra cathy cesar césar chelsea cheryl chihiro clarissa
    claudine clayton clifford clyde conrad corinna corinne cornelia courtney cristian curtis cyril damian
    damien dana darren dave debbie delia denis desiree devon dolores dominic don donovan doris doreen
    dorothea douglas duncan dustin dwayne edgar edith eduard edwin eileen ekaterina elaine eleni eleonora
    elisa elisabeth eloise elvira emanuel emile emilia emilio emmie enzo erich erin ernest ernesto ernst
    esteban estelle etienne étienne evgeny ewan federica federico felicia ferdinand filippo flavia florence
    florin floyd francine francis franco frederick frederik gaby gail gaston gavin geneviève geoffrey georg
    georgia georgina geraldine gertrud gilbert gilles gina giorgio giuseppe gladys glenn gordon graciela
    graham gretchen guadalupe guido guy gwen hanne hans-peter harriet harrison heiner heinrich hendrik
    herman hermann hilary hilda horst hubert ilona imke inga inge irma irmgard irving isabell isaac isla
    ivana ivonne jaime jakub jared jasmin jeanette jeanne jeff jennie jenny jeremiah jerry jill jim jimmy
    joana joann joanna joanne jodi jodie johann jon jonathon josefina josephine josh joy juanita juergen
    julianna julián juliet juliette karina karla karsten katarzyna katerina kathy katie katrina keira kenny
    kerry kirk klara konrad konstantin kristine kurt laetitia lance lars-erik larissa lauryn leah leandro
    lee leif lennart leopold leticia lewis lilian liliana lilly linus lionel lisbeth loic loïc lorena
    loretta lori lothar louisa lucian luciana luciano lucille ludwig luigi luiz lydie mackenzie madeleine
    madison maik malcolm mandy mara marcela marcelo marcin margarita margarete margot marguerite mariano
    marianne maribel marika marilyn marisa marjorie marko marlene marlon marlène marsha marvin mateusz
    matilda matt mattia maureen mauricio mauro max mehdi mel melinda mercedes meredith merle micah michał
    mikael mikhail milena milo milton mirjam mohammad molly mona morgan morris myriam nadine naomi nathaniel
    neil nelson nestor neville nigel nikita nikolaj nikolaus nina noel noelle norma octavia olaf olena olof
    ondrej orlando oskar otis pamela patrik paulina paulette peggy perry petr phil philippa phyllis polly
    quentin rachael ralph ramona raoul rebekah regine reinhard reinhold renata reza rhonda ricarda rodney
    rolf romain roman ron ronnie rosemarie rosemary ross roxana roxanne roy ruben rudi rupert russell
    sally-anne salvador salvatore sanne santiago saskia sebastián selma serge sergey seth shane shaun sheila
    sherry sibylle sidney siegmund sigrid simona sonya spencer stacey stan stanislav stanisław stella stuart
    suzan swantje sybille tabea tamás tamika tanya tatjana tess tessa thea theodor theodore tiffany till
    tilo tommy tracy trevor trudy ulla uma urs valentin valentino valeria vanja vernon veronique vicente
    vicki vicky vida vilma viola violeta virgil vito vittorio vivian viviane vsevolod waldemar wanda warren
    wayne wiebke wilma winfried wolfram wojciech yannis yasmine yulia yves zara zeynep zofia zuzana łukasz
    šárka ömer özlem ayşe mehmed emre burak haruki hina ayumi kaori naoki ryu sakura shinji tomoko yuito
    riku izumi wen xin ying zhang hao fang mei-ling jin-woo minjun seo-yeon aarav aditi ananya anjali ankit
    arnav ashok divya gaurav ishaan kiran lakshmi manish meera mohan neha nikhil pooja prakash pranav rakesh
    ritu rohan rohit sachin saurabh shreya sneha suresh swati varun vijay vishal yash abdullah amal bilal
    dalia farah faisal hamza hiba huda hussein jamal karim latifa leyla malik mona mustafa nour rami rashid
    saad said salim sami tarek walid yara ziad adaeze chidi chioma emeka femi ifeoma imani jabari kwabena
    lerato mandla nia nomvula sipho tendai tunde yaa zuri ciara niamh siobhan aoife declan eoin oisin
    padraig rhys sian gwyneth dafydd eilidh hamish fergus bjarne ingeborg gunnar håkan jørgen kåre knut lene
    mette rasmus søren tove torsten ulf åsa öystein aino antti eero heikki ilkka jari jukka juha kaisa liisa
    mikko päivi pekka satu tuomas ville halldór kristín sigurður þóra izabela jadwiga krystyna leszek maciej
    mirosław paweł przemysław ryszard stanislaw tadeusz wiesław zbigniew dušan goran ivo jelena jovan
    ljubica marija miloš nenad nikola radovan slobodan snežana vesna zoran priyanka deepak anil vikram
    sanjana nguyen yuan ming xiao jun hui takashi yoko haruto keiko satoshi ahmad khalid layla mariam noor
    omar rania tariq zainab chinedu amara kwame ama kofi ngozi olu thabo zanele"""
)

WORDS_AND_NAMES = word_set(
    """said till guy max
    april august bill bishop black brown buck chance chase christian cook crystal dale dean dick don drew
    faith field fields flora forest frank gay gene glen grace grant gray green hale hall hand harper heath
    holly hope hunter ivy jack jade jasmine jasper jean jordan joy june justice king lake lane long love
    major mark marks mason max may miller nick norm olive page paris parker pat patience penny pierce porter
    price ray read reed rich rob robin rock rose rosa ruby rusty sandy sage sierra skip small smart sterling
    stone storm summer sunny sue swift terry tuesday victor violet viola wade will winter wood woods young
    ann art ash basil berry bond bush case church cliff cole cross day dawn duke earl ford foster fox gold
    heart hill house hunt iris kit law little marsh may mercy moon moss noble page park peak penny pope post
    potter power powers prince root rush salt sharp short star steel street strong temple tower wall walker
    ward waters way weeks west wise wolf worth new best good great home key banks brooks burns camp carter
    chambers cooper dollar english french"""
)
"""Names that are also words: masked when found as a name, repeated elsewhere only where written with a
capital.
"""

GROUPS = word_set(
    """stichting inc incorporated ltd limited llc llp corp corporation gmbh ag plc co company companies foundation
    project projects team teams authors contributors committers developers maintainers members group university
    college school institute laboratory laboratories lab labs research software systems technologies technology
    solutions services networks network community association organization organisation consortium committee council
    international regents department dept division office society center centre computing computers electronics
    graphics microsystems microelectronics semiconductor devices industries enterprises holdings partners media
    games studio studios press publishing bank cloud data ai affiliates subsidiaries consulting engineering science
    sciences academy trust ventures interactive digital universität université universidad università universiteit
    universidade universitet institut instituto istituto hochschule akademie fakultät verein e.v stiftung"""
)
"""Words in the names of companies, institutions and groups of people."""

NOT_NAMES = word_set(
    """
    starter mailbox mailboxes website websites webmail junk trash renew scope scopes alias aliases qué cómo cuál
    dónde cuándo yahoo joomla drupal shopware postfix exim dovecot sendmail strato gandi godaddy ionos hetzner ovh
    typo3 magento thunderbird lead directeur directrice gerente administrateur geschäftsführer leiterin leiter
    journaux journal bescheid scale bard bing poe langchain fortnite artificial generative metadata models
    paragraphs pydantic krita midjourney purchasing accounting comptabilité administración büroleitung nein
    hi hello hey dear thanks thank thx cheers regards best kind warm greetings yours sincerely faithfully
    bye goodbye good morning afternoon evening night day welcome please sorry yes no ok okay sure team
    support customer customers service services sales billing account accounts admin administrator agent
    agents user users all everyone everybody folks guys there sir madam madame whom it concern may to team
    colleague colleagues dev devs people friend friends both again community moderator bot anyone somebody
    someone nobody the a an this that these those my your his her its our their i we you he she they me us
    them is are was were be am do does did have has had will would can could should shall might must not and
    or but if then else when while where who what why how which because since until after before with
    without within from into onto over under about for of on in at by as so than too very just also only
    still even ever never always often here now today tomorrow yesterday soon later ago once twice again
    some any each every many much more most few less least other another such same own new old first last
    next previous monday tuesday wednesday thursday friday saturday sunday january february march april june
    july august september october november december mon tue tues wed thu thur thurs fri sat sun jan feb mar
    apr jun jul aug sep sept oct nov dec montag dienstag mittwoch donnerstag freitag samstag sonntag januar
    februar märz mai juni juli oktober dezember lundi mardi mercredi jeudi vendredi samedi dimanche lunes
    martes miércoles jueves viernes sábado domingo note notes question questions answer answers ticket
    tickets case order orders invoice invoices payment payments refund refunds plan plans price pricing
    subscription subscriptions trial password login username email e-mail mail phone call chat address name
    number date time id status error errors warning issue issues bug bugs fix feature features request
    requests response responses update updates upgrade version release download upload install installation
    setup settings setting config configuration option options menu button page pages site website web link
    links file files folder folders document documents report reports dashboard workspace workspaces project
    projects board boards domain domains dns spf dkim dmarc smtp imap pop mx cname txt ttl ssl tls http
    https ssh ftp sftp api apis rest json xml yaml csv pdf html css sql ssd hdd cpu gpu ram usb lan wan vpn
    ip ipv4 ipv6 tcp udp url uri utc gmt pst est cet am pm ai ml llm gpt saml sso oauth jwt mfa otp totp 2fa
    sdk cli gui ui ux os ios android windows linux ubuntu debian fedora centos macos mac unix bash zsh shell
    python java javascript typescript ruby rust golang kotlin scala perl php node nodejs npm yarn pip conda
    docker kubernetes helm terraform ansible jenkins github gitlab bitbucket git aws azure gcp google
    microsoft apple amazon meta facebook instagram twitter linkedin youtube whatsapp slack teams zoom
    outlook gmail excel word powerpoint sharepoint onedrive dropbox notion trello jira confluence zendesk
    freshdesk intercom salesforce hubspot stripe paypal visa mastercard amex maestro shopify wordpress
    firefox chrome safari edge opera postgres postgresql mysql mariadb sqlite mongodb redis kafka spark
    hadoop airflow dagster pandas numpy pytorch tensorflow keras react angular vue svelte django flask rails
    laravel spring nginx apache cloudflare akamai okta keycloak grafana prometheus sentry datadog
    elasticsearch kibana logstash celery rabbitmq jupyter colab anaconda openai anthropic claude gemini
    copilot chatgpt llama mistral bert huggingface vscode intellij pycharm eclipse xcode vim emacs null none
    true false undefined nan void int float string boolean list dict tuple object class function method
    import export return print def var let const public private static async await try catch except finally
    raise get post put delete patch head select insert where join group order limit index table tables
    column columns row rows key keys value values type types data database server servers client clients
    host hosts port ports proxy firewall router network networks cache cookie cookies session sessions token
    tokens header headers body query queries step steps section sections chapter figure table example
    examples faq tip tips info debug trace fatal critical info exception traceback stack overflow build
    builds deploy deployment pipeline pipelines job jobs task tasks queue worker workers cluster clusters
    pod pods container containers image images volume volumes snapshot backup backups restore sync import
    migrate migration schema schemas field fields tag tags label labels filter search sort view views form
    forms card cards bank banks transfer transfers iban bic swift sepa atm pin cvv cvc currency dollar
    dollars euro euros pound pounds usd eur gbp chf credit debit charge charges fee fees balance tax vat
    receipt coupon discount gift shipping delivery package parcel tracking carrier warehouse return returns
    street avenue road lane drive court suite unit box apt city state country zip code postal north south
    east west northern southern eastern western central america american europe european africa african asia
    asian england english britain british uk usa us eu germany german france french spain spanish italy
    italian netherlands dutch belgium belgian austria austrian switzerland swiss poland polish sweden
    swedish norway norwegian denmark danish finland finnish iceland icelandic ireland irish scotland
    scottish wales welsh portugal portuguese greece greek turkey turkish russia russian ukraine ukrainian
    china chinese japan japanese korea korean india indian brazil brazilian mexico mexican canada canadian
    australia australian zealand uruguay argentina chile colombia peru egypt israel iran iraq pakistan
    london paris berlin munich hamburg frankfurt cologne vienna zurich madrid barcelona valencia sevilla
    lisbon rome milan amsterdam brussels copenhagen stockholm oslo helsinki dublin edinburgh manchester york
    boston chicago seattle austin dallas houston denver atlanta miami tokyo beijing shanghai singapore
    sydney melbourne toronto montreal vancouver mumbai delhi bangalore lyon marseille toulouse nice bordeaux
    lille nantes strasbourg zusammen alle tous toutes todos todas tutti ciao sehr geehrte geehrter geehrtes
    damen herren hallo guten liebe lieber grüße gruß grüßen grüsse freundlichen freundliche viele vielen
    beste besten dank danke bitte mit und oder aber ich wir sie ihr ihre ihrer ihren mein meine meinen dein
    deine das der die den dem des ein eine einen einem einer nicht kein keine ist sind war bin haben hat
    kann können könnte wird werden wurde für auf aus bei nach von vor zum zur über unter kunde kundin kunden
    rechnung rechnungen bestellung bestellungen konto passwort kennwort anmeldung fehler problem probleme
    frage fragen antwort hilfe zahlung lieferung adresse vertrag kündigung rückerstattung team kundenservice
    tag morgen abend nummer datei seite schritt support einstellungen benutzer nutzer lizenz gerät drucker
    bonjour salut bonsoir cher chère chers cordialement bien vous nous je tu il elle le la les un une des du
    de et ou mais est sont merci avance équipe client cliente clients facture factures commande commandes
    compte mot passe erreur problème question réponse aide paiement livraison adresse contrat remboursement
    numéro fichier page étape paramètres utilisateur licence service sincères salutations meilleures
    amicalement votre vos notre nos hola buenos buenas días tardes noches estimado estimada estimados
    querido querida saludos cordial cordiales atentamente gracias usted ustedes yo tú él ella el los las uno
    una unos y o pero es son está soy equipo cliente factura facturas pedido pedidos cuenta contraseña error
    problema pregunta respuesta ayuda pago envío dirección contrato reembolso número archivo página paso
    ajustes usuario licencia servicio mi su bot user assistant system agent human customer sender recipient
    from to cc bcc subject re fwd fw date sent mayday netflix uber lyft airbnb spotify tesla toyota bmw ikea
    walmart costco target starbucks venmo zelle chase citi citibank barclays hsbc santander revolut monzo
    wise wells fargo capital discover transunion equifax experian christmas easter halloween thanksgiving
    hanukkah ramadan internet wifi wi-fi bluetooth alexa siri cortana kindle playstation xbox nintendo
    samsung sony lg dell hp lenovo asus acer canon epson overleaf kaggle arxiv wikipedia reddit
    stackoverflow quora medium latex markdown unicode ascii utf base64 regex bayes bayesian gauss gaussian
    markov euler fourier laplace bernoulli poisson pearson spearman adam sgd relu salesperson
    cinematographer officer manager engineer consultant nurse technician mom dad mum mommy daddy doctor
    president ceo cto cfo director secretary teacher boy girl man woman lady chick bro dude guy god lord
    jesus christ holy tales pleasures world team-mate greenlander north-west sincerely unfortunately however
    also additionally furthermore moreover therefore hence thus otherwise instead meanwhile finally actually
    basically apparently currently recently hopefully alternatively similarly specifically especially
    usually sometimes maybe perhaps probably kindly regarding attached below above click select choose open
    close enter check make sure go try run use using add remove set create delete save copy paste restart
    reboot clear sign log reset change view contact read see find show hide enable disable verify confirm
    complete submit cancel buy sell pay send receive start stop begin end press type write call visit
    softmax sigmoid boltzmann hopfield transformer transformers lstm rnn cnn gan vae svm knn pca tsne umap
    buongiorno buonasera salve gentile egregio egregia gentilissimo gentilissima spettabile cari care cordiali
    distinti saluti saluto grazie prego scusi scusate signori nome cognome indirizzo telefono codice utente utenti
    intestatario titolare conto pagamento rimborso fattura fatture ordine ordini spedizione consegna assistenza
    servizio supporto collega colleghi richiesta risposta domanda accesso aggiornamento chiave lunedì martedì
    mercoledì giovedì venerdì sabato domenica gennaio febbraio aprile maggio giugno luglio agosto settembre ottobre
    dicembre hoi goedemorgen goedemiddag goedenavond goedendag geachte beste hartelijke vriendelijke groet groeten
    groetjes bedankt dank alvast hoogachtend mevrouw meneer heren allemaal iedereen naam voornaam achternaam adres
    woonplaats telefoon nummer geboortedatum rekening rekeninghouder kaarthouder klant klanten klantenservice
    bestelling bestellingen factuur facturen betaling terugbetaling levering wachtwoord gebruiker gebruikersnaam
    inlognaam bovendien sinds tegoed sleutel fijne maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
    januari februari maart mei juni juli augustus olá oi bom boa dia tarde noite prezado prezada prezados exmo exma
    exmos caros cumprimentos melhores atenciosamente obrigado obrigada abraço abraços senhores apelido sobrenome
    morada endereço telefone telemóvel cidade titular conta reembolso fatura faturas encomenda encomendas envio
    entrega suporte apoio atendimento equipa equipe colega colegas pedido resposta pergunta acesso atualização chave
    senha utilizador segunda-feira terça-feira quarta-feira quinta-feira sexta-feira domingo janeiro fevereiro março
    abril maio junho julho setembro outubro novembro dezembro gutschrift geldbörse kontoinhaber titulaire avoir
    remboursement gesendet betreff envoyé objet enviado asunto inviato oggetto verzonden onderwerp assunto меня моё
    мое моя имя фамилия отчество здравствуйте привет уважаемый уважаемая спасибо это клиент με το όνομα επώνυμο
    ονομάζομαι λέγομαι είμαι γεια 您好 你好 我是 我叫 sono ho vi inoltre ecco anche allora quindi però purtroppo vorrei
    potete può abbiamo abito questo questa quando dove come perché già ancora sempre caro ieri oggi l'ultima inviate
    hay además nací pruebe fecha nombre apellidos nacimiento ciudad correo envíen muchas también entonces cuando
    donde porque hoy ayer mañana aún siempre nunca quisiera necesito tengo hemos vivo nom prénom ville naissance
    téléphone immatriculation ici clos voici aussi ensuite cependant toutefois lorsque quand comment pourquoi
    aujourd'hui hier demain toujours jamais déjà l'avoir außerdem zudem heiße woche betrag wohnort anschrift gestern
    heute bereits jedoch deshalb trotzdem kennzeichen nasci falei moro aqui além fechei nif chamo chamo-me um também
    ainda hoje ontem amanhã preciso gostaria poderiam envie enviem cara mijn wij jullie ook nog niet vandaag
    gisteren helaas graag kunt wilt stuur hebben"""
) - word_set("will may grant chase")
"""Words that a greeting, a heading or a language model offers as a name and that name nobody."""
